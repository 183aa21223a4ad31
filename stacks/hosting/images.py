"""Repository of the API's image."""

import json

from constructs import Construct

from stacks import aws
from stacks.removal_policy import kept

_DAYS_OF_UNTAGGED = 14


class ImageRepository(Construct):
    """An ECR repository: tags never move, images are scanned, and those with a tag stay for roll-backs."""

    def __init__(self, scope: Construct, id_: str, *, name: str, retain: bool) -> None:
        """Create the repository ``name``; with ``retain`` one that has images is not deleted."""
        super().__init__(scope, id_)
        self.resource = aws.EcrRepository(
            self,
            "Default",
            name=name,
            image_tag_mutability="IMMUTABLE",
            force_delete=not retain,
            lifecycle=kept(retain),
            image_scanning_configuration=aws.EcrRepositoryImageScanningConfiguration(scan_on_push=True),
        )
        days = {"countType": "sinceImagePushed", "countUnit": "days", "countNumber": _DAYS_OF_UNTAGGED}
        # Never by age or number alone: the image that runs may be the oldest.
        old = {"tagStatus": "untagged", **days}
        rule = {"rulePriority": 1, "description": "without a tag", "selection": old, "action": {"type": "expire"}}
        aws.EcrLifecyclePolicy(self, "lifecycle", repository=self.resource.name, policy=json.dumps({"rules": [rule]}))
