"""Request and response bodies of /admin."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field

from api.cognito.users import SecondFactors
from api.web.fields import ATTRIBUTE_NAME, CognitoName, NewEmailAddress, RequestBody, without_controls

GroupName = Annotated[CognitoName, Field(examples=["support"])]
_AttributeName = Annotated[str, Field(examples=["name"]), ATTRIBUTE_NAME]
_AttributeValue = Annotated[str, Field(max_length=2048), AfterValidator(without_controls)]


class InvitationRequest(RequestBody):
    """The address to invite; a temporary password is sent to it."""

    email: NewEmailAddress


class UserUpdate(RequestBody):
    """Changes to a user; a new address is set as verified."""

    email: NewEmailAddress | None = None
    attributes: Annotated[
        dict[_AttributeName, _AttributeValue | None],
        Field(default_factory=dict, max_length=50, description="null deletes an attribute", examples=[{"name": "Ada"}]),
    ]


class GroupRequest(RequestBody):
    """A new group."""

    name: GroupName
    description: Annotated[str | None, Field(max_length=2048)] = None
    precedence: Annotated[
        int | None, Field(ge=0, le=2**31 - 1, description="The group with the lowest value takes precedence.")
    ] = None


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
    expires_at: Annotated[
        int | None,
        Field(description="When the temporary password expires; absent once the invitation is accepted."),
    ] = None
    invited_by: Annotated[
        str | None, Field(description="`sub` of the administrator that sent the last invitation, if known.")
    ] = None


class UserPage(BaseModel):
    """A page of users."""

    users: list[UserResponse]
    cursor: Annotated[str | None, Field(description="Cursor of the next page; absent on the last page.")] = None


class GroupResponse(BaseModel):
    """A group."""

    name: str
    description: str | None = None
    precedence: int | None = None


class GroupPage(BaseModel):
    """A page of groups."""

    groups: list[GroupResponse]
    cursor: Annotated[str | None, Field(description="Cursor of the next page; absent on the last page.")] = None
