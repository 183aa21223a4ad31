"""Sign-in: InitiateAuth and AdminInitiateAuth.

Source: API_InitiateAuth, and "Authentication flows" of the developer guide.
"""

from collections.abc import Callable

from local.cognito import challenge_sessions, refresh, steps
from local.cognito.emulator import Json, hides_user_existence, native, pool_and_client, section
from local.cognito.refusals import Refusal, invalid_parameter, not_authorized, not_implemented
from local.cognito.users import find_user

# Flow -> required ExplicitAuthFlows value. A client without values allows DEFAULT_FLOWS (API_CreateUserPoolClient).
_ALLOWS = {
    "REFRESH_TOKEN_AUTH": "ALLOW_REFRESH_TOKEN_AUTH",
    "REFRESH_TOKEN": "ALLOW_REFRESH_TOKEN_AUTH",
    "USER_SRP_AUTH": "ALLOW_USER_SRP_AUTH",
    "CUSTOM_AUTH": "ALLOW_CUSTOM_AUTH",
    "USER_PASSWORD_AUTH": "ALLOW_USER_PASSWORD_AUTH",
    "ADMIN_USER_PASSWORD_AUTH": "ALLOW_ADMIN_USER_PASSWORD_AUTH",
    "ADMIN_NO_SRP_AUTH": "ALLOW_ADMIN_USER_PASSWORD_AUTH",
    "USER_AUTH": "ALLOW_USER_AUTH",
}
DEFAULT_FLOWS = ["ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_CUSTOM_AUTH"]


def initiate_auth(data: Json) -> Json:
    """InitiateAuth."""
    if str(data["AuthFlow"]).startswith("ADMIN_"):
        raise invalid_parameter("Initiate Auth method not supported.")
    return _initiate(data, "_initiate_auth")


def admin_initiate_auth(data: Json) -> Json:
    """AdminInitiateAuth."""
    if data["AuthFlow"] == "USER_PASSWORD_AUTH":
        raise invalid_parameter("Initiate Auth method not supported.")
    return _initiate(data, "_admin_initiate_auth")


def _initiate(data: Json, native_handler: str) -> Json:
    pool, client = pool_and_client(data)
    flow = data["AuthFlow"]
    if flow == "USER_SRP_AUTH":
        raise not_implemented(flow)
    if not {_ALLOWS.get(flow), flow} & set(client.get("ExplicitAuthFlows") or DEFAULT_FLOWS):
        raise invalid_parameter(f"{flow} flow not enabled for this client")
    own: Callable[[Json, Json, Json], Json] | None = _FLOWS.get(flow)
    return own(pool, client, data) if own else native(native_handler, data)


def _by_password(pool: Json, client: Json, data: Json) -> Json:
    parameters = section(data, "AuthParameters")
    steps.require(parameters, "USERNAME", "PASSWORD")
    user = find_user(pool, parameters["USERNAME"])
    if user is None:
        raise _unknown_user(client)
    return steps.by_password(pool, client, user, parameters["PASSWORD"])


def _by_choice(pool: Json, client: Json, data: Json) -> Json:
    parameters = section(data, "AuthParameters")
    steps.require(parameters, "USERNAME")
    user = find_user(pool, parameters["USERNAME"])
    if user is None or not user.get("Enabled", True):
        raise _unknown_user(client)
    if data.get("Session"):
        return _continue_sign_up(pool, client, user, data["Session"])
    available = steps.first_factors(pool, user)
    preferred = parameters.get("PREFERRED_CHALLENGE")
    if preferred in {"PASSWORD_SRP", "SMS_OTP"}:
        raise not_implemented(f"The first factor {preferred}")
    if preferred in available:
        return steps.first_factor(pool, client, user, preferred, parameters)
    return steps.challenge(client, user, "SELECT_CHALLENGE") | {"AvailableChallenges": available}


def _continue_sign_up(pool: Json, client: Json, user: Json, session: str) -> Json:
    """Sign in a user directly after ConfirmSignUp; the confirmation code was the first factor."""
    opened = challenge_sessions.read(session, client["ClientId"], "CONFIRMED_SIGN_UP")
    challenge_sessions.close(session)
    if opened.username != user["Username"]:
        raise not_authorized("Invalid session for the user.")
    return steps.second_factor(pool, client, user) or steps.signed_in(pool, client, user)


def _unknown_user(client: Json) -> Refusal:
    if hides_user_existence(client):
        return not_authorized()
    return Refusal("UserNotFoundException", "User does not exist.")


_FLOWS: dict[str, Callable[[Json, Json, Json], Json]] = {
    "USER_PASSWORD_AUTH": _by_password,
    "ADMIN_USER_PASSWORD_AUTH": _by_password,
    "ADMIN_NO_SRP_AUTH": _by_password,
    "USER_AUTH": _by_choice,
    "REFRESH_TOKEN_AUTH": refresh.by_auth_flow,
    "REFRESH_TOKEN": refresh.by_auth_flow,
}
