"""Each request that the gateway builds, and each canned answer of the tests, against botocore's shapes."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from botocore.loaders import Loader
from botocore.model import ServiceModel, StructureShape
from botocore.validate import ParamValidator

from api.cognito import answers
from api.cognito.gateway import CognitoGateway, UserContext
from tests.support.cognito import SUCCESS

pytestmark = pytest.mark.anyio

CONTEXT = UserContext("203.0.113.9")
CALLS: dict[str, Callable[[CognitoGateway], Awaitable[object]]] = {
    "SignUp": lambda gateway: gateway.sign_up("ada@example.com", "Correct-Horse-9", CONTEXT),
    "ConfirmSignUp": lambda gateway: gateway.confirm_sign_up("ada@example.com", "123456", CONTEXT),
    "ResendConfirmationCode": lambda gateway: gateway.resend_confirmation_code("ada@example.com", CONTEXT),
    "InitiateAuth": lambda gateway: gateway.initiate_auth("ada@example.com", "Correct-Horse-9", CONTEXT),
    "ForgotPassword": lambda gateway: gateway.forgot_password("ada@example.com", CONTEXT),
    "ConfirmForgotPassword": lambda gateway: gateway.confirm_forgot_password(
        "ada@example.com", "123456", "Correct-Horse-9", CONTEXT
    ),
    "ChangePassword": lambda gateway: gateway.change_password("a.b.c", "Correct-Horse-9", "Another-Horse-9"),
    "GlobalSignOut": lambda gateway: gateway.global_sign_out("a.b.c"),
    "GetTokensFromRefreshToken": lambda gateway: gateway.get_tokens_from_refresh_token("refresh.token"),
    "RevokeToken": lambda gateway: gateway.revoke_token("refresh.token"),
    "GetUser": lambda gateway: gateway.get_user("a.b.c"),
}
SHAPES = {
    "SignUp": answers.SignUp,
    "ResendConfirmationCode": answers.CodeDelivery,
    "ForgotPassword": answers.CodeDelivery,
    "InitiateAuth": answers.Authentication,
    "GetTokensFromRefreshToken": answers.Renewal,
    "GetUser": answers.User,
}


class Recorder:
    """A transport that succeeds and remembers."""

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
async def test_a_request_fits_the_input_shape(model: ServiceModel, operation: str, sends_user_context: bool) -> None:
    recorder = Recorder()
    gateway = CognitoGateway(recorder, "clientid", "a-secret-of-24-characters", sends_user_context=sends_user_context)
    await CALLS[operation](gateway)
    ((called, request),) = recorder.calls
    assert called == operation
    report = ParamValidator().validate(request, shape(model, operation, "input"))
    assert not report.has_errors(), report.generate_report()
    has_context = sends_user_context and "UserContextData" in shape(model, operation, "input").members
    assert ("UserContextData" in request) is has_context
    assert all(member in request for member in shape(model, operation, "input").required_members)


@pytest.mark.parametrize("operation", CALLS)
def test_a_canned_answer_fits_the_output_shape(model: ServiceModel, operation: str) -> None:
    output = shape(model, operation, "output")
    report = ParamValidator().validate(SUCCESS[operation], output)
    assert not report.has_errors(), report.generate_report()
    assert SUCCESS[operation].keys() <= output.members.keys()


@pytest.mark.parametrize("operation", CALLS)
def test_the_operations_need_no_signature(model: ServiceModel, operation: str) -> None:
    assert model.operation_model(operation).auth == ["smithy.api#noAuth"]


@pytest.mark.parametrize("operation", SHAPES)
def test_an_answer_model_has_only_fields_of_the_output_shape(model: ServiceModel, operation: str) -> None:
    aliases = {field.alias for field in SHAPES[operation].model_fields.values()}
    assert aliases <= shape(model, operation, "output").members.keys()
