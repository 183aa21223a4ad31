"""What a destroy may do."""

from enum import StrEnum


class RemovalPolicy(StrEnum):
    """What a destroy may do to what holds users' data; the two names are AWS CDK's."""

    RETAIN = "retain"
    DESTROY = "destroy"
