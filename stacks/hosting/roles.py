"""Roles of a task: one that ECS uses to start it, and one that the API uses."""

import json
from typing import Any

from cdktf import TerraformResource
from constructs import Construct

from stacks import aws

_TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}


class Roles(Construct):
    """The execution role pulls the image, reads the secrets and writes the log; the task role is the API's own."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        repository_arn: str,
        log_group_arn: str,
        secret_arns: list[str],
        task_statements: list[dict[str, Any]],
    ) -> None:
        """Create the roles ``NAME-start`` and ``NAME-task``."""
        super().__init__(scope, id_)
        pull = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
        starts = [
            # ECR gives one token for all repositories (Service Authorization Reference).
            {"Effect": "Allow", "Action": "ecr:GetAuthorizationToken", "Resource": "*"},
            {"Effect": "Allow", "Action": pull, "Resource": repository_arn},
            {
                "Effect": "Allow",
                "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
                "Resource": f"{log_group_arn}:*",
            },
            {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": secret_arns},
        ]
        self.policies: list[TerraformResource] = []
        self.execution = self._role("start", name, starts)
        self.task = self._role("task", name, task_statements)

    def _role(self, id_: str, name: str, statements: list[dict[str, Any]]) -> aws.IamRole:
        role = aws.IamRole(self, id_, name=f"{name}-{id_}", assume_role_policy=json.dumps(_TRUST))
        document = json.dumps({"Version": "2012-10-17", "Statement": statements})
        self.policies.append(aws.IamRolePolicy(self, f"{id_}_policy", name=id_, role=role.id, policy=document))
        return role
