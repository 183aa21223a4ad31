"""Bodies of /admin."""

from typing import Annotated

from pydantic import BaseModel, Field

from api.cognito.users import SecondFactors
from api.web.fields import EmailAddress, RequestBody

GroupName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.:-]{1,128}$", examples=["support"])]
_AttributeName = Annotated[str, Field(pattern=r"^(custom:)?[A-Za-z0-9_]{1,32}$", examples=["name"])]
_AttributeValue = Annotated[str, Field(max_length=2048)]


class InvitationRequest(RequestBody):
    """Whom to invite: a temporary password goes to the address."""

    email: EmailAddress


class UserUpdate(RequestBody):
    """What is to change; an address that is given counts as verified."""

    email: EmailAddress | None = None
    attributes: Annotated[
        dict[_AttributeName, _AttributeValue | None],
        Field(default_factory=dict, max_length=50, description="null deletes", examples=[{"name": "Ada"}]),
    ]


class GroupRequest(RequestBody):
    """A new group."""

    name: GroupName
    description: Annotated[str | None, Field(max_length=2048)] = None
    precedence: Annotated[int | None, Field(ge=0, le=2**31 - 1, description="The lowest counts.")] = None


class UserResponse(BaseModel):
    """A user of the pool; times are seconds since 1970."""

    username: str
    email: str | None = None
    email_verified: bool
    status: Annotated[str | None, Field(description="Cognito's UserStatus.", examples=["CONFIRMED"])] = None
    enabled: bool
    created_at: int | None = None
    modified_at: int | None = None
    attributes: dict[str, str]
    second_factors: SecondFactors | None = None


class UserPage(BaseModel):
    """Users, and where to go on."""

    users: list[UserResponse]
    cursor: Annotated[str | None, Field(description="For the next page; absent at the last.")] = None


class GroupResponse(BaseModel):
    """A group."""

    name: str
    description: str | None = None
    precedence: int | None = None


class GroupPage(BaseModel):
    """Groups, and where to go on."""

    groups: list[GroupResponse]
    cursor: Annotated[str | None, Field(description="For the next page; absent at the last.")] = None
