"""User groups; tokens list the groups of the user."""

from typing import Annotated

from constructs import Construct
from pydantic import Field

from stacks import aws
from stacks.props import Props, RoleArn, matching


class Group(Props):
    """A group, for example the one that the API's ADMIN_GROUP names."""

    name: Annotated[str, matching(r"[^\s\x00-\x1f]{1,128}", "1 to 128 characters without white space")]
    description: Annotated[str, Field(max_length=2048)] | None = None
    precedence: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = None
    """At least 1: the Terraform provider drops 0."""
    role_arn: RoleArn | None = None


class Groups(Construct):
    """The groups of a pool."""

    def __init__(self, scope: Construct, id_: str, *, user_pool_id: str, groups: tuple[Group, ...]) -> None:
        """Add ``groups`` to the pool."""
        super().__init__(scope, id_)
        for group in groups:
            aws.CognitoUserGroup(
                self,
                group.name,
                user_pool_id=user_pool_id,
                name=group.name,
                description=group.description,
                precedence=group.precedence,
                role_arn=group.role_arn,
            )
