"""``python -m tests.hosting.ecs_emulator``: the local Cognito, with ministack's ECS as Terraform expects it.

It runs in the emulator's virtual environment, and starts the tasks as containers at DOCKER_HOST.
"""

from importlib import import_module
from typing import Any

from local.cognito.__main__ import main

Json = dict[str, Any]
ecs: Any = import_module("ministack.services.ecs")
responses: Any = import_module("ministack.core.responses")

_create_service = ecs._ACTION_MAP["CreateService"]
_delete_cluster = ecs._ACTION_MAP["DeleteCluster"]
_describe_clusters = ecs._ACTION_MAP["DescribeClusters"]
_deleted: dict[str, Json] = {}


def create_service(data: Json) -> Any:
    """AWS answers with the service-linked role, where the provider of 2021 reads an ARN."""
    role = "arn:aws:iam::000000000000:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS"
    return _create_service({"role": role, **data})


def delete_cluster(data: Json) -> Any:
    """AWS keeps a deleted cluster as INACTIVE for a while, and Terraform waits for that status."""
    answer = _delete_cluster(data)
    if "cluster" in (document := responses.json.loads(answer[2])):
        _deleted[document["cluster"]["clusterArn"]] = document["cluster"]
    return answer


def describe_clusters(data: Json) -> Any:
    answer = _describe_clusters(data)
    document: Json = responses.json.loads(answer[2])
    gone = [_deleted[row["arn"]] for row in document.get("failures", []) if row["arn"] in _deleted]
    return responses.json_response({**document, "clusters": [*document["clusters"], *gone]}) if gone else answer


if __name__ == "__main__":
    ecs._ACTION_MAP.update(
        CreateService=create_service, DeleteCluster=delete_cluster, DescribeClusters=describe_clusters
    )
    main()
