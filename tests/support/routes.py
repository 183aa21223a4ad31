"""Every route of the API with a valid request: the table for tests that cover all routes.

A route that is missing here fails ``tests/api/test_secrecy.py`` by name.
"""

from dataclasses import dataclass, field
from functools import cache
from typing import Any

from api.app import create_app
from api.kit.sealing import Sealer
from api.sign_in.service import Pending
from tests.support.cognito import OTHER_SUB
from tests.support.tokens import SUB

EMAIL = "email-canary@example.com"
PASSWORD = "Password-Canary-9"
CODE = "918273"
SECRET = "client-secret-canary-of-length"


@dataclass(frozen=True)
class Route:
    """A request; ``path`` is the OpenAPI template, ``url`` the path with its values."""

    method: str
    path: str
    body: dict[str, Any] | None = None
    # Cognito operations that the route calls, in any order.
    operations: tuple[str, ...] = ()
    path_values: dict[str, str] = field(default_factory=dict[str, str])
    # Expected status unless 2xx: a redirect, or 400 where the cookie of a browser is missing.
    status: int | None = None

    @property
    def url(self) -> str:
        return self.path.format(**self.path_values)

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def operation(self) -> dict[str, Any]:
        """The route in the OpenAPI document."""
        return documented_paths()[self.path][self.method.lower()]


@cache
def documented_paths() -> dict[str, Any]:
    """Return the paths of the OpenAPI document, whose generation takes half a second."""
    return create_app().openapi()["paths"]


def sealed_challenge(challenge: str = "EMAIL_OTP") -> str:
    """Return a session as POST /login would seal it."""
    pending = Pending(
        id="id", challenge=challenge, session="cognito-session-canary", username=SUB, email=EMAIL, is_first=False
    )
    return Sealer([SECRET], "challenge", 180).seal(pending)


def routes(token: str) -> dict[str, Route]:
    """Return every route by name; ``token`` is a valid access token. The sealed sessions expire after 3 minutes."""
    login = {"email": EMAIL, "password": PASSWORD}
    item = {"identifier": "us-east-1_0123abcd"}
    answer = {"challenge": "EMAIL_OTP", "session": sealed_challenge(), "code": CODE}
    found = [
        Route("POST", "/signup", login, ("SignUp",)),
        Route("POST", "/verify", {**login, "code": CODE}, ("ConfirmSignUp", "InitiateAuth", "RevokeToken")),
        Route("POST", "/verify/resend", {"email": EMAIL}, ("ResendConfirmationCode",)),
        Route("POST", "/login", login, ("InitiateAuth",)),
        Route("POST", "/login/challenge", answer, ("RespondToAuthChallenge",)),
        Route("POST", "/refresh", {"refresh_token": token}, ("GetTokensFromRefreshToken",)),
        Route("POST", "/revoke", {"refresh_token": token}, ("GetTokensFromRefreshToken", "RevokeToken")),
        Route("POST", "/logout", {"access_token": token}, ("GlobalSignOut",)),
        Route("GET", "/session"),
        Route("GET", "/forward-auth"),
        Route("POST", "/password/forgot", {"email": EMAIL}, ("ForgotPassword",)),
        Route(
            "POST",
            "/password/reset",
            {"email": EMAIL, "code": CODE, "new_password": PASSWORD},
            ("ConfirmForgotPassword", "InitiateAuth", "GlobalSignOut"),
        ),
        Route(
            "POST",
            "/password/change",
            {"old_password": PASSWORD, "new_password": PASSWORD},
            ("ChangePassword", "GlobalSignOut"),
        ),
        Route("GET", "/me", None, ("GetUser",)),
        Route("PATCH", "/me", {"email": EMAIL, "name": "name"}, ("UpdateUserAttributes", "GetUser")),
        Route("DELETE", "/me", None, ("ListUsersInGroup", "GetUser", "DeleteUser")),
        Route("GET", "/me/export", None, ("GetUser", "ListWebAuthnCredentials", "ListDevices", "ListUserSessions")),
        Route("GET", "/oauth/login", status=302),
        Route("GET", "/oauth/callback", status=400),
        Route("GET", "/oauth/logout", status=302),
        Route("GET", "/.well-known/change-password", status=404),
        Route("POST", "/me/email/verify", {"code": CODE}, ("VerifyUserAttribute",)),
        Route("POST", "/me/email/resend", None, ("GetUserAttributeVerificationCode",)),
        Route("POST", "/me/mfa/totp", None, ("AssociateSoftwareToken", "GetUser")),
        Route("POST", "/me/mfa/totp/verify", {"code": CODE}, ("VerifySoftwareToken",)),
        Route("PUT", "/me/mfa", {"totp": {"enabled": True}}, ("SetUserMFAPreference",)),
        Route("POST", "/me/passkeys/options", None, ("StartWebAuthnRegistration",)),
        Route("POST", "/me/passkeys", {"credential": {"id": "x"}}, ("CompleteWebAuthnRegistration",)),
        Route("GET", "/me/passkeys", None, ("ListWebAuthnCredentials",)),
        Route("DELETE", "/me/passkeys/{identifier}", None, ("DeleteWebAuthnCredential",), item),
        Route("GET", "/me/devices", None, ("ListDevices",)),
        Route("DELETE", "/me/devices/{identifier}", None, ("ForgetDevice",), item),
        Route("GET", "/me/sessions", None, ("ListUserSessions",)),
        Route("DELETE", "/me/sessions/{identifier}", None, ("RevokeUserSession",), {"identifier": "tkn" + "a" * 25}),
    ]
    return {route.name: route for route in (*found, *_administration())}


def _administration() -> list[Route]:
    user = {"username": OTHER_SUB}
    of_group = {"group": "support", **user}
    get, sign_out = "AdminGetUser", "AdminUserGlobalSignOut"
    one = "/admin/users/{username}"
    return [
        Route("GET", "/admin/users", None, ("ListUsers",)),
        Route("POST", "/admin/users", {"email": EMAIL}, ("AdminCreateUser",)),
        Route("POST", f"{one}/invitation", None, (get, "AdminCreateUser"), user),
        Route("GET", one, None, (get,), user),
        Route("PATCH", one, {"email": EMAIL, "attributes": {}}, (get, "AdminUpdateUserAttributes", sign_out), user),
        Route("DELETE", one, None, (get, "AdminDeleteUser"), user),
        Route("POST", f"{one}/enable", None, ("AdminEnableUser",), user),
        Route("POST", f"{one}/disable", None, (get, "AdminDisableUser", sign_out), user),
        Route("POST", f"{one}/reset-password", None, (get, "AdminResetUserPassword", sign_out), user),
        Route(
            "POST",
            f"{one}/confirm",
            None,
            (
                "AdminGetUser",
                "AdminConfirmSignUp",
                "AdminUpdateUserAttributes",
                "AdminResetUserPassword",
                "AdminUserGlobalSignOut",
            ),
            user,
        ),
        Route("POST", f"{one}/sign-out", None, (get, sign_out), user),
        Route("DELETE", f"{one}/mfa", None, (get, "AdminSetUserMFAPreference", sign_out), user),
        Route("GET", f"{one}/groups", None, ("AdminListGroupsForUser",), user),
        Route("PUT", f"{one}/groups/{{group}}", None, (get, "AdminAddUserToGroup"), of_group),
        Route("DELETE", f"{one}/groups/{{group}}", None, (get, "AdminRemoveUserFromGroup"), of_group),
        Route("GET", "/admin/groups", None, ("ListGroups",)),
        Route("POST", "/admin/groups", {"name": "support"}, ("CreateGroup",)),
        Route("DELETE", "/admin/groups/{group}", None, ("DeleteGroup",), {"group": "support"}),
        Route("GET", "/admin/groups/{group}/users", None, ("ListUsersInGroup",), {"group": "support"}),
    ]
