"""Requests of the gateways and canned responses of the tests fit botocore's shapes."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from botocore.loaders import Loader
from botocore.model import ServiceModel, StructureShape
from botocore.validate import ParamValidator

from api.cognito import responses as answers
from api.cognito.account_gateway import AccountGateway
from api.cognito.admin_gateway import AdminGateway
from api.cognito.calls import PoolClient, UserContext
from api.cognito.challenge_gateway import ANSWERS, Challenge, ChallengeGateway
from api.cognito.client_secret import ClientSecret
from api.cognito.public_gateway import CognitoGateway
from tests.support.cognito import SUCCESS

pytestmark = pytest.mark.anyio

CONTEXT = UserContext("203.0.113.9")
EMAIL, PASSWORD, TOKEN = "ada@example.com", "Correct-Horse-9", "a.b.c"
Call = Callable[[PoolClient], Awaitable[object]]
PUBLIC: dict[str, Callable[[CognitoGateway], Awaitable[object]]] = {
    "SignUp": lambda gateway: gateway.sign_up(EMAIL, PASSWORD, CONTEXT),
    "SignUp without a password": lambda gateway: gateway.sign_up(EMAIL, None, CONTEXT),
    "ConfirmSignUp": lambda gateway: gateway.confirm_sign_up(EMAIL, "123456", CONTEXT),
    "ConfirmSignUp in a session": lambda gateway: gateway.confirm_sign_up(EMAIL, "123456", CONTEXT, "s" * 20),
    "ResendConfirmationCode": lambda gateway: gateway.resend_confirmation_code(EMAIL, CONTEXT),
    "ForgotPassword": lambda gateway: gateway.forgot_password(EMAIL, CONTEXT),
    "ConfirmForgotPassword": lambda gateway: gateway.confirm_forgot_password(EMAIL, "123456", PASSWORD, CONTEXT),
    "ChangePassword": lambda gateway: gateway.change_password(TOKEN, PASSWORD, "Another-Horse-9"),
    "GlobalSignOut": lambda gateway: gateway.global_sign_out(TOKEN),
    "GetTokensFromRefreshToken": lambda gateway: gateway.get_tokens_from_refresh_token("refresh.token"),
    "RevokeToken": lambda gateway: gateway.revoke_token("refresh.token"),
}
CHALLENGES: dict[str, Callable[[ChallengeGateway], Awaitable[object]]] = {
    "InitiateAuth": lambda gateway: gateway.initiate_auth(EMAIL, PASSWORD, CONTEXT),
    "InitiateAuth by choice": lambda gateway: gateway.initiate_user_auth(EMAIL, "EMAIL_OTP", CONTEXT),
    "InitiateAuth after a sign-up": lambda gateway: gateway.continue_sign_up(EMAIL, "s" * 20, CONTEXT),
    "AssociateSoftwareToken in a session": lambda gateway: gateway.associate_software_token("s" * 20),
    "VerifySoftwareToken in a session": lambda gateway: gateway.verify_software_token("s" * 20, "123456"),
    **{
        f"RespondToAuthChallenge {name}": lambda gateway, name=name: gateway.respond_to_auth_challenge(
            Challenge(name, "s" * 20, EMAIL), "answer", CONTEXT
        )
        for name in (*ANSWERS, "MFA_SETUP")
    },
}
ACCOUNT: dict[str, Callable[[AccountGateway], Awaitable[object]]] = {
    "GetUser": lambda gateway: gateway.get_user(TOKEN),
    "UpdateUserAttributes": lambda gateway: gateway.update_user_attributes(TOKEN, {"name": "Ada", "locale": ""}),
    "VerifyUserAttribute": lambda gateway: gateway.verify_user_attribute(TOKEN, "email", "123456"),
    "GetUserAttributeVerificationCode": lambda gateway: gateway.get_user_attribute_verification_code(TOKEN, "email"),
    "DeleteUser": lambda gateway: gateway.delete_user(TOKEN),
    "AssociateSoftwareToken": lambda gateway: gateway.associate_software_token(TOKEN),
    "VerifySoftwareToken": lambda gateway: gateway.verify_software_token(TOKEN, "123456"),
    "SetUserMFAPreference": lambda gateway: gateway.set_user_mfa_preference(
        TOKEN, {"totp": (True, True), "email": (True, False), "sms": (False, False)}
    ),
    "StartWebAuthnRegistration": lambda gateway: gateway.start_web_authn_registration(TOKEN),
    "CompleteWebAuthnRegistration": lambda gateway: gateway.complete_web_authn_registration(TOKEN, {"id": "x"}),
    "ListWebAuthnCredentials": lambda gateway: gateway.list_web_authn_credentials(TOKEN),
    "DeleteWebAuthnCredential": lambda gateway: gateway.delete_web_authn_credential(TOKEN, "credential"),
    "ListDevices": lambda gateway: gateway.list_devices(TOKEN),
    "ForgetDevice": lambda gateway: gateway.forget_device(TOKEN, "us-east-1_0123abcd"),
    "ListUserSessions": lambda gateway: gateway.list_user_sessions(TOKEN),
    "RevokeUserSession": lambda gateway: gateway.revoke_user_session(TOKEN, "tkn" + "a" * 25),
}
ADMIN: dict[str, Callable[[AdminGateway], Awaitable[object]]] = {
    "ListUsers": lambda gateway: gateway.list_users("ada", 60, "more"),
    "AdminCreateUser": lambda gateway: gateway.admin_create_user(EMAIL),
    "AdminCreateUser again": lambda gateway: gateway.admin_invite_again(EMAIL),
    "AdminGetUser": lambda gateway: gateway.admin_get_user(EMAIL),
    "AdminUpdateUserAttributes": lambda gateway: gateway.admin_update_user_attributes(EMAIL, {"name": "Ada"}),
    "AdminDeleteUser": lambda gateway: gateway.admin_delete_user(EMAIL),
    "AdminEnableUser": lambda gateway: gateway.admin_enable_user(EMAIL),
    "AdminDisableUser": lambda gateway: gateway.admin_disable_user(EMAIL),
    "AdminResetUserPassword": lambda gateway: gateway.admin_reset_user_password(EMAIL),
    "AdminConfirmSignUp": lambda gateway: gateway.admin_confirm_sign_up(EMAIL),
    "AdminUserGlobalSignOut": lambda gateway: gateway.admin_user_global_sign_out(EMAIL),
    "AdminSetUserMFAPreference": lambda gateway: gateway.admin_set_user_mfa_preference(EMAIL, ["SMS_MFA"]),
    "AdminListGroupsForUser": lambda gateway: gateway.admin_list_groups_for_user(EMAIL, "more"),
    "AdminAddUserToGroup": lambda gateway: gateway.admin_add_user_to_group(EMAIL, "support"),
    "AdminRemoveUserFromGroup": lambda gateway: gateway.admin_remove_user_from_group(EMAIL, "support"),
    "ListGroups": lambda gateway: gateway.list_groups("more"),
    "CreateGroup": lambda gateway: gateway.create_group("support", "They help", 3),
    "DeleteGroup": lambda gateway: gateway.delete_group("support"),
    "ListUsersInGroup": lambda gateway: gateway.list_users_in_group("support", None),
}
CALLS: dict[str, Call] = {
    **{name: lambda client, call=call: call(CognitoGateway(client)) for name, call in PUBLIC.items()},
    **{name: lambda client, call=call: call(ChallengeGateway(client)) for name, call in CHALLENGES.items()},
    **{name: lambda client, call=call: call(AccountGateway(client)) for name, call in ACCOUNT.items()},
    **{
        name: lambda client, call=call: call(AdminGateway(client, "us-east-1_AbCdEfGhI"))
        for name, call in ADMIN.items()
    },
}
OPERATIONS = sorted({name.partition(" ")[0] for name in CALLS})
SHAPES = {
    "SignUp": answers.SignUp,
    "ConfirmSignUp": answers.Confirmation,
    "ResendConfirmationCode": answers.CodeDelivery,
    "ForgotPassword": answers.CodeDelivery,
    "InitiateAuth": answers.Authentication,
    "RespondToAuthChallenge": answers.Authentication,
    "GetTokensFromRefreshToken": answers.Renewal,
    "AssociateSoftwareToken": answers.SoftwareToken,
    "VerifySoftwareToken": answers.SoftwareTokenVerified,
    "GetUser": answers.User,
    "GetUserAttributeVerificationCode": answers.CodeDelivery,
    "StartWebAuthnRegistration": answers.CredentialCreation,
    "ListWebAuthnCredentials": answers.Passkeys,
    "ListDevices": answers.Devices,
    "ListUserSessions": answers.UserSessions,
    "ListUsers": answers.Users,
    "AdminCreateUser": answers.CreatedUser,
    "AdminGetUser": answers.AdminUser,
    "AdminListGroupsForUser": answers.Groups,
    "ListGroups": answers.Groups,
    "CreateGroup": answers.OneGroup,
    "ListUsersInGroup": answers.GroupMembers,
}


class Recorder:
    """Transport that records each call and returns success."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []

    async def call(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        self.calls.append((operation, request))
        return SUCCESS[operation]


@pytest.fixture(scope="module")
def model() -> ServiceModel:
    return ServiceModel(Loader().load_service_model("cognito-idp", "service-2"))  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]


def shape(model: ServiceModel, operation: str, side: str) -> StructureShape:
    found = getattr(model.operation_model(operation), f"{side}_shape")
    assert isinstance(found, StructureShape)
    return found


@pytest.mark.parametrize("sends_user_context", [True, False])
@pytest.mark.parametrize("operation", CALLS)
async def test_request_fits_input_shape(model: ServiceModel, operation: str, sends_user_context: bool) -> None:
    recorder = Recorder()
    secret = ClientSecret("a-secret-of-24-characters")
    await CALLS[operation](PoolClient(recorder, "clientid", secret, sends_user_context))
    ((called, request),) = recorder.calls
    operation = operation.partition(" ")[0]
    assert called == operation
    report = ParamValidator().validate(request, shape(model, operation, "input"))
    assert not report.has_errors(), report.generate_report()
    has_context = sends_user_context and "UserContextData" in shape(model, operation, "input").members
    assert ("UserContextData" in request) is has_context
    assert all(member in request for member in shape(model, operation, "input").required_members)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_canned_response_fits_output_shape(model: ServiceModel, operation: str) -> None:
    if model.operation_model(operation).output_shape is None:
        assert SUCCESS[operation] == {}
        return
    output = shape(model, operation, "output")
    report = ParamValidator().validate(SUCCESS[operation], output)
    assert not report.has_errors(), report.generate_report()
    assert SUCCESS[operation].keys() <= output.members.keys()


@pytest.mark.parametrize("operation", OPERATIONS)
def test_only_admin_operations_require_signature(model: ServiceModel, operation: str) -> None:
    assert (model.operation_model(operation).auth == ["smithy.api#noAuth"]) is (operation not in ADMIN)


@pytest.mark.parametrize("operation", SHAPES)
def test_response_model_fields_exist_in_output_shape(model: ServiceModel, operation: str) -> None:
    aliases = {field.alias for field in SHAPES[operation].model_fields.values()}
    assert aliases <= shape(model, operation, "output").members.keys()


class MethodNames:
    """Stand-in for a gateway that records the names of called methods."""

    def __init__(self) -> None:
        self.called: set[str] = set()

    def __getattr__(self, name: str) -> Callable[..., object]:
        self.called.add(name)
        return lambda *_arguments, **_named: None


@pytest.mark.parametrize(
    ("gateway", "table"),
    [(CognitoGateway, PUBLIC), (ChallengeGateway, CHALLENGES), (AccountGateway, ACCOUNT), (AdminGateway, ADMIN)],
)
def test_tables_cover_every_gateway_method(gateway: type[object], table: dict[str, Callable[[Any], object]]) -> None:
    names = MethodNames()
    for call in table.values():
        call(names)
    assert names.called == {name for name in vars(gateway) if not name.startswith("_")}
