"""Repository of the API's image."""

import json

from constructs import Construct

from stacks import aws

_KEPT_IMAGES = 30


class ImageRepository(Construct):
    """An ECR repository: tags never move, images are scanned, and the last ones stay for roll-backs."""

    def __init__(self, scope: Construct, id_: str, *, name: str, retain: bool) -> None:
        """Create the repository ``name``; with ``retain`` one that has images is not deleted."""
        super().__init__(scope, id_)
        self.resource = aws.EcrRepository(
            self,
            "Default",
            name=name,
            image_tag_mutability="IMMUTABLE",
            force_delete=not retain,
            image_scanning_configuration=aws.EcrRepositoryImageScanningConfiguration(scan_on_push=True),
        )
        oldest = {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": _KEPT_IMAGES}
        rule = {"rulePriority": 1, "description": "the last ones", "selection": oldest, "action": {"type": "expire"}}
        aws.EcrLifecyclePolicy(self, "lifecycle", repository=self.resource.name, policy=json.dumps({"rules": [rule]}))
