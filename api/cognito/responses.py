"""Response models: the members of botocore's output shapes that are used; a success must match its model."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter
from pydantic.alias_generators import to_pascal

Text = Annotated[str, Field(min_length=1)]
NAMES = TypeAdapter(list[Text])


class _Answer(BaseModel):
    # Validators are built at the first response of each kind: most processes never need most of them.
    model_config = ConfigDict(
        alias_generator=to_pascal, strict=True, frozen=True, hide_input_in_errors=True, defer_build=True
    )


class Nothing(_Answer):
    """Any JSON object, for operations without output that is used."""


class SignUp(_Answer):
    """API page: SignUp."""

    user_confirmed: bool
    user_sub: Text
    session: Text | None = None


class Confirmation(_Answer):
    """API page: ConfirmSignUp."""

    session: Text | None = None


class _CodeDeliveryDetails(_Answer):
    delivery_medium: Text


class CodeDelivery(_Answer):
    """API page: ResendConfirmationCode."""

    code_delivery_details: _CodeDeliveryDetails


class Tokens(_Answer):
    """API page: AuthenticationResultType."""

    access_token: Text
    id_token: Text
    refresh_token: Text
    expires_in: Annotated[int, Field(gt=0)]
    new_device_metadata: dict[str, Any] | None = None


class RenewedTokens(_Answer):
    """API page: AuthenticationResultType; has a refresh token only with refresh token rotation."""

    access_token: Text
    id_token: Text
    refresh_token: Text | None = None
    expires_in: Annotated[int, Field(gt=0)]


class Renewal(_Answer):
    """API page: GetTokensFromRefreshToken."""

    authentication_result: RenewedTokens


class Authentication(_Answer):
    """API pages: InitiateAuth, RespondToAuthChallenge. With a ChallengeName there is no AuthenticationResult."""

    challenge_name: Text | None = None
    session: Text | None = None
    challenge_parameters: dict[str, str] = {}
    available_challenges: list[Text] = []
    authentication_result: Tokens | None = None


class SoftwareToken(_Answer):
    """API page: AssociateSoftwareToken."""

    secret_code: Text
    session: Text | None = None


class SoftwareTokenVerified(_Answer):
    """API page: VerifySoftwareToken. The status ERROR is returned with HTTP 200 too."""

    status: Literal["SUCCESS"]
    session: Text | None = None


class Attribute(_Answer):
    """API page: AttributeType."""

    name: Text
    value: str = ""


class User(_Answer):
    """API page: GetUser."""

    username: Text
    user_attributes: list[Attribute]
    preferred_mfa_setting: str | None = None
    user_mfa_setting_list: Annotated[list[Text], Field(alias="UserMFASettingList")] = []


class CredentialCreation(_Answer):
    """API page: StartWebAuthnRegistration."""

    credential_creation_options: dict[str, Any]


# Seconds since the Unix epoch in the JSON protocol; boto3 converts them to datetime.
Timestamp = Annotated[float, BeforeValidator(lambda value: value.timestamp() if isinstance(value, datetime) else value)]


class Passkey(_Answer):
    """API page: WebAuthnCredentialDescription."""

    credential_id: Text
    friendly_credential_name: str
    relying_party_id: str
    authenticator_attachment: str | None = None
    authenticator_transports: list[str]
    created_at: Timestamp


class Passkeys(_Answer):
    """API page: ListWebAuthnCredentials."""

    credentials: list[Passkey]
    cursor: Annotated[Text | None, Field(alias="NextToken")] = None


class Device(_Answer):
    """API page: DeviceType."""

    device_key: Text
    device_attributes: list[Attribute] = []
    device_create_date: Timestamp | None = None
    device_last_authenticated_date: Timestamp | None = None


class Devices(_Answer):
    """API page: ListDevices."""

    devices: list[Device] = []
    cursor: Annotated[Text | None, Field(alias="PaginationToken")] = None


class UserSession(_Answer):
    """API page: ListUserSessions."""

    session_id: Text
    session_type: str | None = None
    client_id: str | None = None
    create_date: Timestamp | None = None
    last_active_date: Timestamp | None = None
    device_type: str | None = None
    last_ip_address: Annotated[str | None, Field(alias="LastIPAddress")] = None
    is_current_session: bool = False


class UserSessions(_Answer):
    """API page: ListUserSessions."""

    sessions: list[UserSession] = []
    cursor: Annotated[Text | None, Field(alias="NextToken")] = None


class _PoolUser(_Answer):
    username: Text
    user_create_date: Timestamp | None = None
    user_last_modified_date: Timestamp | None = None
    enabled: bool = True
    user_status: str | None = None


class PoolUser(_PoolUser):
    """API page: UserType."""

    user_attributes: Annotated[list[Attribute], Field(alias="Attributes")] = []


class AdminUser(_PoolUser):
    """API page: AdminGetUser."""

    user_attributes: list[Attribute] = []
    preferred_mfa_setting: str | None = None
    user_mfa_setting_list: Annotated[list[Text], Field(alias="UserMFASettingList")] = []


class CreatedUser(_Answer):
    """API page: AdminCreateUser."""

    user: PoolUser


class Users(_Answer):
    """API page: ListUsers."""

    users: list[PoolUser]
    cursor: Annotated[Text | None, Field(alias="PaginationToken")] = None


class GroupMembers(_Answer):
    """API page: ListUsersInGroup."""

    users: list[PoolUser]
    cursor: Annotated[Text | None, Field(alias="NextToken")] = None


class Group(_Answer):
    """API page: GroupType."""

    group_name: Text
    description: str | None = None
    precedence: int | None = None


class OneGroup(_Answer):
    """API page: CreateGroup."""

    group: Group


class Groups(_Answer):
    """API page: ListGroups."""

    groups: list[Group]
    cursor: Annotated[Text | None, Field(alias="NextToken")] = None
