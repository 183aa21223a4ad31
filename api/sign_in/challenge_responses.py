"""Request bodies of POST /login/challenge: one model per kind of response, discriminated by ``challenge``."""

import json
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, Field, SecretStr

from api.web.fields import (
    ATTRIBUTE_NAME,
    NewPassword,
    Password,
    RequestBody,
    SealedSession,
    code_of,
    visible,
    without_controls,
)

_AttributeName = Annotated[str, ATTRIBUTE_NAME]
_AttributeValue = Annotated[str, Field(max_length=2048), AfterValidator(without_controls)]


class _ChallengeAnswer(RequestBody):
    session: SealedSession

    @property
    def more(self) -> dict[str, str]:
        """Additional values to send with the response."""
        return {}


class CodeAnswer(_ChallengeAnswer):
    """A code from an e-mail, a text message or an authenticator app."""

    challenge: Literal["SOFTWARE_TOKEN_MFA", "SMS_MFA", "EMAIL_OTP", "SMS_OTP", "MFA_SETUP"]
    code: Annotated[
        str, Field(max_length=64, examples=["123456"]), code_of("{6,8}", "The code has six to eight digits.")
    ]

    @property
    def value(self) -> str:
        """The code."""
        return self.code


class NewPasswordAnswer(_ChallengeAnswer):
    """The new password that replaces a temporary one."""

    challenge: Literal["NEW_PASSWORD_REQUIRED"]
    new_password: NewPassword
    attributes: Annotated[dict[_AttributeName, _AttributeValue], Field(default_factory=dict, max_length=20)]

    @property
    def value(self) -> str:
        """The new password."""
        return self.new_password.get_secret_value()

    @property
    def more(self) -> dict[str, str]:
        """The attributes that the pool requires."""
        return self.attributes


class SelectionAnswer(_ChallengeAnswer):
    """The second factor to continue with."""

    challenge: Literal["SELECT_MFA_TYPE"]
    answer: Literal["SOFTWARE_TOKEN_MFA", "SMS_MFA", "EMAIL_OTP"]

    @property
    def value(self) -> str:
        """The choice."""
        return self.answer


class FirstFactorAnswer(_ChallengeAnswer):
    """The first factor to continue with; for PASSWORD, send the password in the same request."""

    challenge: Literal["SELECT_CHALLENGE"]
    answer: Literal["PASSWORD", "EMAIL_OTP", "SMS_OTP", "WEB_AUTHN"]
    password: Password | None = None

    @property
    def value(self) -> str:
        """The choice."""
        return self.answer

    @property
    def more(self) -> dict[str, str]:
        """The password."""
        return {"password": self.password.get_secret_value()} if self.password else {}


class PasswordAnswer(_ChallengeAnswer):
    """The password, in response to a PASSWORD challenge."""

    challenge: Literal["PASSWORD"]
    password: Password

    @property
    def value(self) -> str:
        """The password."""
        return self.password.get_secret_value()


class PasskeyAnswer(_ChallengeAnswer):
    """The assertion that the authenticator signed."""

    challenge: Literal["WEB_AUTHN"]
    credential: Annotated[
        dict[str, Any],
        Field(description="AuthenticationResponseJSON (Web Authentication Level 3, section 5.1.9)."),
    ]

    @property
    def value(self) -> str:
        """The credential as JSON text."""
        return json.dumps(self.credential)


class CustomAnswer(_ChallengeAnswer):
    """The response to a custom challenge of the pool's Lambda trigger."""

    challenge: Literal["CUSTOM_CHALLENGE"]
    answer: Annotated[SecretStr, Field(min_length=1, max_length=2048), AfterValidator(visible)]

    @property
    def value(self) -> str:
        """The answer."""
        return self.answer.get_secret_value()


ChallengeAnswer = Annotated[
    CodeAnswer
    | NewPasswordAnswer
    | SelectionAnswer
    | FirstFactorAnswer
    | PasswordAnswer
    | PasskeyAnswer
    | CustomAnswer,
    Field(discriminator="challenge"),
]
_MODELS: tuple[type[_ChallengeAnswer], ...] = get_args(get_args(ChallengeAnswer)[0])
# Challenges (Cognito's ChallengeName) that one of the models responds to.
SUPPORTED: frozenset[str] = frozenset(
    name for model in _MODELS for name in get_args(model.model_fields["challenge"].annotation)
)
