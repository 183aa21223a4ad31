"""Sign-in: authentication flows, the challenges that Cognito returns, and the responses to them.

Source: API pages InitiateAuth and RespondToAuthChallenge; "Authentication flows" in the developer guide.
"""

import json
import logging
from dataclasses import dataclass, field
from typing import Any

from api.cognito import responses
from api.cognito.calls import Calls, TokenSet, UserContext
from api.cognito.errors import CognitoError
from api.errors import ChallengeNotSupported, FeatureNotEnabled, ServerMisconfigured, UpstreamInvalidResponse
from cognito_tokens import strict_json

logger = logging.getLogger(__name__)

# The key in ChallengeResponses for the response to each challenge.
ANSWERS = {
    "CUSTOM_CHALLENGE": "ANSWER",
    "EMAIL_OTP": "EMAIL_OTP_CODE",
    "NEW_PASSWORD_REQUIRED": "NEW_PASSWORD",
    "PASSWORD": "PASSWORD",
    "SELECT_CHALLENGE": "ANSWER",
    "SELECT_MFA_TYPE": "ANSWER",
    "SMS_MFA": "SMS_MFA_CODE",
    "SMS_OTP": "SMS_OTP_CODE",
    "SOFTWARE_TOKEN_MFA": "SOFTWARE_TOKEN_MFA_CODE",
    "WEB_AUTHN": "CREDENTIAL",
}
# Challenges of a sign-in by password that Cognito issues only after the right one.
AFTER_PASSWORD = frozenset(
    {"EMAIL_OTP", "MFA_SETUP", "NEW_PASSWORD_REQUIRED", "SELECT_MFA_TYPE", "SMS_MFA", "SOFTWARE_TOKEN_MFA"}
)
_ATTRIBUTE = "userAttributes."
_USERNAMES = ("USER_ID_FOR_SRP", "USERNAME")


@dataclass(frozen=True)
class Challenge:
    """A step that Cognito requires before it issues tokens; ``name`` is Cognito's ChallengeName.

    ``username`` is Cognito's name for the user; the SECRET_HASH of the response is computed with it.
    """

    name: str
    session: str = field(repr=False)
    username: str
    destination: str | None = None
    choices: tuple[str, ...] = ()
    required_attributes: tuple[str, ...] = ()
    credential_request_options: dict[str, Any] | None = None
    custom: dict[str, str] = field(default_factory=dict[str, str])


class ChallengeGateway(Calls):
    """Sign-in operations: start a flow and respond to its challenges."""

    async def initiate_auth(self, email: str, password: str, context: UserContext) -> TokenSet | Challenge:
        """Sign in by password. API page: InitiateAuth, flow USER_PASSWORD_AUTH."""
        return await self._initiate("USER_PASSWORD_AUTH", email, {"PASSWORD": password}, context)

    async def initiate_user_auth(self, email: str, preferred: str, context: UserContext) -> TokenSet | Challenge:
        """Start a sign-in with the factor ``preferred``; raise ``FeatureNotEnabled`` if the client does not allow it.

        API page: InitiateAuth, flow USER_AUTH.
        """
        try:
            return await self._initiate("USER_AUTH", email, {"PREFERRED_CHALLENGE": preferred}, context)
        except ServerMisconfigured as error:
            # An app client that does not allow this flow is a valid configuration.
            if isinstance(error.__cause__, CognitoError) and error.__cause__.code == "InvalidParameterException":
                raise FeatureNotEnabled from error
            raise

    async def continue_sign_up(self, email: str, session: str, context: UserContext) -> TokenSet | Challenge:
        """Sign in with the session of a confirmed sign-up. API page: InitiateAuth, flow USER_AUTH."""
        return await self._initiate("USER_AUTH", email, {}, context, session)

    async def respond_to_auth_challenge(
        self, challenge: Challenge, answer: str, context: UserContext, more: dict[str, str] | None = None
    ) -> TokenSet | Challenge:
        """Respond to a challenge. API page: RespondToAuthChallenge.

        ``more`` holds the attributes sent with a new password, or the password sent with the selection of PASSWORD.
        """
        name, username = challenge.name, challenge.username
        responses = {"USERNAME": username, "SECRET_HASH": self._secret_hash(username)} | _named(name, answer, more)
        return await self._respond(challenge, responses, context)

    async def _initiate(
        self, flow: str, email: str, given: dict[str, str], context: UserContext, session: str | None = None
    ) -> TokenSet | Challenge:
        parameters = {"USERNAME": email, "SECRET_HASH": self._secret_hash(email)} | given
        request = {"ClientId": self._client_id, "AuthFlow": flow, "AuthParameters": parameters}
        going_on = {"Session": session} if session else {}
        request |= going_on | self._user_context(context)
        return _read(await self._call("InitiateAuth", responses.Authentication, request), email)

    async def _respond(self, challenge: Challenge, given: dict[str, str], context: UserContext) -> TokenSet | Challenge:
        request = {
            "ClientId": self._client_id,
            "ChallengeName": challenge.name,
            "Session": challenge.session,
            "ChallengeResponses": given,
        }
        answer = await self._call(
            "RespondToAuthChallenge", responses.Authentication, request | self._user_context(context)
        )
        return _read(answer, challenge.username)

    async def associate_software_token(self, session: str) -> tuple[str, str]:
        """Return a new TOTP secret and the session to continue with. API page: AssociateSoftwareToken."""
        answer = await self._call("AssociateSoftwareToken", responses.SoftwareToken, {"Session": session})
        return answer.secret_code, answer.session or session

    async def verify_software_token(self, session: str, code: str) -> str:
        """Verify the first code of a new TOTP secret; return the session to continue. API page: VerifySoftwareToken."""
        request = {"Session": session, "UserCode": code}
        answer = await self._call("VerifySoftwareToken", responses.SoftwareTokenVerified, request)
        return answer.session or session


def _named(name: str, answer: str, more: dict[str, str] | None) -> dict[str, str]:
    """Return the ChallengeResponses for ``answer``; MFA_SETUP has none, because its session is enough."""
    more = more or {}
    match name:
        case "MFA_SETUP":
            return {}
        case "NEW_PASSWORD_REQUIRED":
            return {ANSWERS[name]: answer} | {f"{_ATTRIBUTE}{attribute}": value for attribute, value in more.items()}
        case "SELECT_CHALLENGE":
            return {ANSWERS[name]: answer} | {key.upper(): value for key, value in more.items()}
        case _ if name in ANSWERS:
            return {ANSWERS[name]: answer}
        case _:
            raise ChallengeNotSupported(name)


def _read(answer: responses.Authentication, username: str) -> TokenSet | Challenge:
    match answer:
        case responses.Authentication(challenge_name=str(name), session=str(session)):
            return _challenge(name, session, username, answer)
        case responses.Authentication(challenge_name=str(name)) if name not in ANSWERS:
            # A device challenge, which has no session.
            raise ChallengeNotSupported(name)
        case responses.Authentication(challenge_name=None, authentication_result=responses.Tokens() as tokens):
            if tokens.new_device_metadata:
                logger.error("misconfigured: the pool remembers devices, and will refuse to refresh these tokens")
            return TokenSet(tokens.access_token, tokens.id_token, tokens.refresh_token, tokens.expires_in)
        case _:
            raise UpstreamInvalidResponse


def _challenge(name: str, session: str, username: str, answer: responses.Authentication) -> Challenge:
    given = answer.challenge_parameters
    choices = given.get("MFAS_CAN_CHOOSE") or given.get("MFAS_CAN_SETUP")
    required = _names(given.get("requiredAttributes", "[]"))
    options = given.get("CREDENTIAL_REQUEST_OPTIONS")
    return Challenge(
        name,
        session,
        next((given[key] for key in _USERNAMES if given.get(key)), username),
        destination=given.get("CODE_DELIVERY_DESTINATION"),
        choices=_names(choices) if choices else tuple(answer.available_challenges),
        required_attributes=tuple(attribute.removeprefix(_ATTRIBUTE) for attribute in required),
        credential_request_options=_object(options) if options else None,
        custom={key: value for key, value in given.items() if key not in _USERNAMES}
        if name == "CUSTOM_CHALLENGE"
        else {},
    )


def _names(text: str) -> tuple[str, ...]:
    try:
        names: Any = json.loads(text)
        return tuple(responses.NAMES.validate_python(names))
    except ValueError:
        raise UpstreamInvalidResponse from None


def _object(text: str) -> dict[str, Any]:
    try:
        value = strict_json.loads(text.encode())
    except ValueError:
        raise UpstreamInvalidResponse from None
    if not strict_json.is_object(value):
        raise UpstreamInvalidResponse
    return value
