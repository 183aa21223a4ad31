"""RespondToAuthChallenge and AdminRespondToAuthChallenge: check each challenge response against its session.

Source: API_RespondToAuthChallenge.
"""

from collections.abc import Callable
from dataclasses import dataclass

from local.cognito import challenge_sessions, client_secrets, codes, passkeys, steps, totp
from local.cognito.attributes import require_writable
from local.cognito.challenge_sessions import ChallengeSession
from local.cognito.emulator import Json, native, pool_and_client, section
from local.cognito.passwords import count_failure, require_unlocked, set_password
from local.cognito.refusals import invalid_parameter, not_authorized, not_implemented
from local.cognito.users import require_user, set_attributes


@dataclass(frozen=True)
class Answer:
    """A challenge response: its session, the session's token, and the values sent."""

    session: ChallengeSession
    token: str
    responses: Json


Answered = Callable[[Json, Json, Json, Answer], Json]


def respond_to_auth_challenge(data: Json) -> Json:
    """RespondToAuthChallenge."""
    return _respond(data, "_respond_to_auth_challenge")


def admin_respond_to_auth_challenge(data: Json) -> Json:
    """AdminRespondToAuthChallenge."""
    return _respond(data, "_admin_respond_to_auth_challenge")


def _respond(data: Json, native_handler: str) -> Json:
    name = data["ChallengeName"]
    if name == "CUSTOM_CHALLENGE":
        return native(native_handler, data)
    answered = _CHALLENGES.get(name)
    if answered is None:
        raise not_implemented(f"The challenge {name}")
    pool, client = pool_and_client(data)
    token = str(data.get("Session"))
    session = challenge_sessions.read(token, client["ClientId"], name)
    answer = Answer(session, token, section(data, "ChallengeResponses"))
    steps.require(answer.responses, "USERNAME")
    user = require_user(pool, session.username)
    steps.require_enabled(user)
    _require_hash(client, user, answer.responses)
    return answered(pool, client, user, answer)


def _require_hash(client: Json, user: Json, responses: Json) -> None:
    """Raise unless SECRET_HASH is computed over the pool's user name, not over the address that the user entered."""
    if not client.get("ClientSecret"):
        return
    if not client_secrets.is_hash(client, user["Username"], responses.get("SECRET_HASH")):
        raise not_authorized(f"Unable to verify secret hash for client {client['ClientId']}")


def _new_password(pool: Json, client: Json, user: Json, answer: Answer) -> Json:
    steps.require(answer.responses, "NEW_PASSWORD")
    given = {
        name.partition(".")[2]: value for name, value in answer.responses.items() if name.startswith("userAttributes.")
    }
    rows = [{"Name": name, "Value": value} for name, value in given.items()]
    require_writable(pool, client, rows)
    set_password(pool, user, answer.responses["NEW_PASSWORD"])
    challenge_sessions.close(answer.token)
    set_attributes(user, **given)
    return steps.second_factor(pool, client, user) or steps.signed_in(pool, client, user)


def _totp(pool: Json, client: Json, user: Json, answer: Answer) -> Json:
    steps.require(answer.responses, "SOFTWARE_TOKEN_MFA_CODE")
    require_unlocked(user)
    if not totp.redeem(user, answer.responses["SOFTWARE_TOKEN_MFA_CODE"]):
        count_failure(user)
        raise challenge_sessions.wrong_answer(answer.token, "Invalid code received for user")
    challenge_sessions.close(answer.token)
    return steps.signed_in(pool, client, user)


def _email_otp(pool: Json, client: Json, user: Json, answer: Answer) -> Json:
    steps.require(answer.responses, "EMAIL_OTP_CODE")
    require_unlocked(user)
    if not codes.is_right(user, "otp", answer.responses["EMAIL_OTP_CODE"]):
        count_failure(user)
        raise challenge_sessions.wrong_answer(answer.token, "Invalid code or auth state for the user.")
    challenge_sessions.close(answer.token)
    return steps.signed_in(pool, client, user)


def _password(pool: Json, client: Json, user: Json, answer: Answer) -> Json:
    steps.require(answer.responses, "PASSWORD")
    challenge_sessions.close(answer.token)
    return steps.by_password(pool, client, user, answer.responses["PASSWORD"])


def _passkey(pool: Json, client: Json, user: Json, answer: Answer) -> Json:
    steps.require(answer.responses, "CREDENTIAL")
    challenge_sessions.close(answer.token)
    passkeys.check_assertion(pool, user, answer.session.kept["options"], answer.responses["CREDENTIAL"])
    steps.refuse_by_status(user)
    return steps.signed_in(pool, client, user)


def _select(pool: Json, client: Json, user: Json, answer: Answer) -> Json:
    steps.require(answer.responses, "ANSWER")
    if answer.responses["ANSWER"] not in steps.first_factors(pool, user):
        raise invalid_parameter(f"Selected challenge {answer.responses['ANSWER']} is not available")
    challenge_sessions.close(answer.token)
    return steps.first_factor(pool, client, user, answer.responses["ANSWER"], answer.responses)


def _select_mfa(pool: Json, client: Json, user: Json, answer: Answer) -> Json:
    steps.require(answer.responses, "ANSWER")
    challenge_sessions.close(answer.token)
    return steps.second_factor_of(pool, client, user, answer.responses["ANSWER"])


def _mfa_set_up(pool: Json, client: Json, user: Json, answer: Answer) -> Json:
    if not answer.session.kept.get("verified"):
        raise invalid_parameter("No MFA factor has been set up in this session.")
    challenge_sessions.close(answer.token)
    return steps.signed_in(pool, client, user)


_CHALLENGES: dict[str, Answered] = {
    "NEW_PASSWORD_REQUIRED": _new_password,
    "SOFTWARE_TOKEN_MFA": _totp,
    "EMAIL_OTP": _email_otp,
    "PASSWORD": _password,
    "WEB_AUTHN": _passkey,
    "SELECT_CHALLENGE": _select,
    "SELECT_MFA_TYPE": _select_mfa,
    "MFA_SETUP": _mfa_set_up,
}
