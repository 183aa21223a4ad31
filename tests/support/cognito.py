"""Scripted stand-in for the Cognito endpoint: an HTTP server with responses set by the test."""

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.validate import ParamValidator

from tests.support.tokens import KEY, SUB

MODEL = ServiceModel(Loader().load_service_model("cognito-idp", "service-2"))  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
Handler = Callable[[web.Request, dict[str, Any]], Awaitable[web.StreamResponse]]
CONTENT_TYPE = "application/x-amz-json-1.1"

TOKENS = {"AccessToken": KEY.token(), "IdToken": KEY.id_token(), "RefreshToken": "refresh.token", "ExpiresIn": 3600}
DELIVERY = {"Destination": "a***@e***", "DeliveryMedium": "EMAIL", "AttributeName": "email"}
# Another user than the owner of the token.
OTHER_SUB = "0f0f0f0f-0000-4000-8000-000000000000"
_ATTRIBUTES = [
    {"Name": "sub", "Value": OTHER_SUB},
    {"Name": "email", "Value": "grace@example.com"},
    {"Name": "email_verified", "Value": "true"},
    {"Name": "custom:plan", "Value": "gold"},
]
_USER = {"Username": OTHER_SUB, "UserCreateDate": 1767225600.0, "Enabled": True, "UserStatus": "CONFIRMED"}
_GROUP = {"GroupName": "support", "Description": "They help", "Precedence": 3}
SUCCESS: dict[str, dict[str, Any]] = {
    "SignUp": {"UserConfirmed": False, "UserSub": "7d8c9c1e-0000-4000-8000-000000000000"},
    "ConfirmSignUp": {},
    "ResendConfirmationCode": {"CodeDeliveryDetails": DELIVERY},
    "InitiateAuth": {"AuthenticationResult": {**TOKENS, "TokenType": "Bearer"}, "ChallengeParameters": {}},
    "GlobalSignOut": {},
    "ForgotPassword": {"CodeDeliveryDetails": DELIVERY},
    "ConfirmForgotPassword": {},
    "ChangePassword": {},
    "GetTokensFromRefreshToken": {"AuthenticationResult": {**TOKENS, "TokenType": "Bearer"}},
    "RevokeToken": {},
    "GetUser": {
        "Username": SUB,
        "UserAttributes": [
            {"Name": "sub", "Value": SUB},
            {"Name": "email", "Value": "ada@example.com"},
            {"Name": "email_verified", "Value": "true"},
            {"Name": "given_name", "Value": "Ada"},
        ],
        "UserMFASettingList": ["SOFTWARE_TOKEN_MFA"],
        "PreferredMfaSetting": "SOFTWARE_TOKEN_MFA",
    },
    "RespondToAuthChallenge": {"AuthenticationResult": {**TOKENS, "TokenType": "Bearer"}, "ChallengeParameters": {}},
    "UpdateUserAttributes": {"CodeDeliveryDetailsList": [DELIVERY]},
    "VerifyUserAttribute": {},
    "GetUserAttributeVerificationCode": {"CodeDeliveryDetails": DELIVERY},
    "DeleteUser": {},
    "AssociateSoftwareToken": {"SecretCode": "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", "Session": "s" * 24},
    "VerifySoftwareToken": {"Status": "SUCCESS", "Session": "s" * 24},
    "SetUserMFAPreference": {},
    "StartWebAuthnRegistration": {"CredentialCreationOptions": {"challenge": "c2VjcmV0", "rp": {"id": "example.com"}}},
    "CompleteWebAuthnRegistration": {},
    "ListWebAuthnCredentials": {
        "Credentials": [
            {
                "CredentialId": "Y3JlZGVudGlhbA",
                "FriendlyCredentialName": "Passkey",
                "RelyingPartyId": "example.com",
                "AuthenticatorTransports": ["internal"],
                "CreatedAt": 1767225600.5,
            }
        ]
    },
    "DeleteWebAuthnCredential": {},
    "ListDevices": {
        "Devices": [
            {
                "DeviceKey": "us-east-1_0123abcd",
                "DeviceAttributes": [{"Name": "device_name", "Value": "Laptop"}],
                "DeviceCreateDate": 1767225600.0,
                "DeviceLastAuthenticatedDate": 1767225600.0,
            }
        ]
    },
    "ForgetDevice": {},
    "ListUserSessions": {
        "Sessions": [
            {
                "SessionId": "tkn" + "a" * 25,
                "SessionType": "TOKEN",
                "ClientId": "clientid",
                "CreateDate": 1767225600.0,
                "LastActiveDate": 1767225600.0,
                "LastIPAddress": "203.0.113.9",
                "IsCurrentSession": True,
            }
        ]
    },
    "RevokeUserSession": {},
    "ListUsers": {"Users": [{**_USER, "Attributes": _ATTRIBUTES}], "PaginationToken": "more"},
    "AdminCreateUser": {"User": {**_USER, "Attributes": _ATTRIBUTES}},
    "AdminGetUser": {**_USER, "UserAttributes": _ATTRIBUTES},
    "AdminUpdateUserAttributes": {},
    "AdminDeleteUser": {},
    "AdminEnableUser": {},
    "AdminDisableUser": {},
    "AdminResetUserPassword": {},
    "AdminConfirmSignUp": {},
    "AdminUserGlobalSignOut": {},
    "AdminSetUserMFAPreference": {},
    "AdminListGroupsForUser": {"Groups": [_GROUP]},
    "AdminAddUserToGroup": {},
    "AdminRemoveUserFromGroup": {},
    "ListGroups": {"Groups": [_GROUP], "NextToken": "more"},
    "CreateGroup": {"Group": _GROUP},
    "DeleteGroup": {},
    "ListUsersInGroup": {"Users": [{**_USER, "Attributes": _ATTRIBUTES}]},
}


class FakeCognito:
    """Fake Cognito: every operation succeeds unless a test sets a response. Records the requests."""

    def __init__(self) -> None:
        self.url = ""
        self.requests: list[tuple[str, dict[str, Any]]] = []
        self.headers: list[dict[str, str]] = []
        self._handlers: dict[str, Handler] = {}
        self.jwks_status = 200
        self.jwks = KEY.jwks()
        self.jwks_requests = 0
        # Reports of requests that botocore's model does not allow.
        self.invalid_requests: list[str] = []
        # The token endpoint of the hosted pages.
        self.forms: list[tuple[str, dict[str, str]]] = []
        self.token_answer: Any = {}
        self.token_status = 200
        # Stops the server at once.
        self.stop: Callable[[], Awaitable[None]]

    def answers(self, operation: str, body: Any, status: int = 200, content_type: str = CONTENT_TYPE) -> None:
        """Respond to ``operation`` with ``body``, as JSON unless it is bytes."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()

        async def answer(_request: web.Request, _body: dict[str, Any]) -> web.StreamResponse:
            return web.Response(body=data, status=status, headers={"Content-Type": content_type})

        self._handlers[operation] = answer

    def signs_in(self, **claims: Any) -> None:
        """Let sign-ins succeed, with an access token of these claims."""
        result = {**TOKENS, "AccessToken": KEY.token(**claims), "TokenType": "Bearer"}
        self.answers("InitiateAuth", {"AuthenticationResult": result, "ChallengeParameters": {}})

    def fails(self, operation: str, code: str, message: str = "upstream text", status: int = 400) -> None:
        """Respond to ``operation`` with an exception, as Cognito does."""
        self.answers(operation, {"__type": code, "message": message}, status)

    def handles(self, operation: str, handler: Handler) -> None:
        """Respond to ``operation`` with ``handler``."""
        self._handlers[operation] = handler

    def handler(self, operation: str) -> Handler:
        """Return the current handler of ``operation``."""
        return self._handlers[operation]

    def operations(self) -> list[str]:
        """Return the operations called, in order."""
        return [operation for operation, _ in self.requests]

    async def _post(self, request: web.Request) -> web.StreamResponse:
        operation = request.headers["X-Amz-Target"].removeprefix("AWSCognitoIdentityProviderService.")
        body = json.loads(await request.read())
        self.requests.append((operation, body))
        shape = MODEL.operation_model(operation).input_shape
        assert shape is not None
        report = ParamValidator().validate(body, shape)
        if report.has_errors():
            self.invalid_requests.append(f"{operation}: {report.generate_report()}")
        self.headers.append(dict(request.headers))
        if handler := self._handlers.get(operation):
            return await handler(request, body)
        # AWS returns an empty body for an operation without output in the model.
        has_output = MODEL.operation_model(operation).output_shape is not None
        answer = json.dumps(SUCCESS[operation]) if has_output else ""
        return web.Response(body=answer, headers={"Content-Type": CONTENT_TYPE})

    async def _token(self, request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        self.forms.append((request.headers.get("Authorization", ""), form))
        return web.json_response(self.token_answer, status=self.token_status)

    async def _jwks(self, _request: web.Request) -> web.Response:
        self.jwks_requests += 1
        return web.Response(body=self.jwks, status=self.jwks_status, content_type="application/json")

    @asynccontextmanager
    async def running(self) -> AsyncGenerator["FakeCognito"]:
        """Serve on a free loopback port."""
        app = web.Application()
        app.router.add_post("/", self._post)
        app.router.add_post("/oauth2/token", self._token)
        app.router.add_get("/{pool}/.well-known/jwks.json", self._jwks)
        runner = web.AppRunner(app, shutdown_timeout=0.01)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        self.stop = runner.cleanup
        self.url = f"http://{host}:{port}"
        try:
            yield self
        finally:
            # A connection that was just accepted is known to the server a few rounds of the loop later, and closes a
            # few more after that; a loop that ends before leaves it to a later test.
            await _let_loop_run()
            await runner.cleanup()
            await _let_loop_run()


async def _let_loop_run() -> None:
    for _ in range(10):
        await asyncio.sleep(0)
