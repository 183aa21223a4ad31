"""Cognito's answers that ask for a further step of a sign-in: one of each kind, with a text that its page shows."""

from typing import Any


def challenge(name: str, **parameters: str) -> dict[str, Any]:
    """Return the answer of InitiateAuth."""
    return {"ChallengeName": name, "Session": "s" * 40, "ChallengeParameters": {"USER_ID_FOR_SRP": "ada", **parameters}}


CHALLENGES: dict[str, tuple[dict[str, Any], list[str]]] = {
    "app": (challenge("SOFTWARE_TOKEN_MFA"), ['name="code"']),
    "SMS": (challenge("SMS_MFA", CODE_DELIVERY_DESTINATION="+*******99"), ["+*******99", 'name="code"']),
    "e-mail": (challenge("EMAIL_OTP", CODE_DELIVERY_DESTINATION="a***@e***"), ["a***@e***", 'name="code"']),
    "choice": (
        challenge("SELECT_MFA_TYPE", MFAS_CAN_CHOOSE='["SMS_MFA","SOFTWARE_TOKEN_MFA"]'),
        ['value="SMS_MFA"', 'value="SOFTWARE_TOKEN_MFA"'],
    ),
    "new password": (
        challenge("NEW_PASSWORD_REQUIRED", requiredAttributes='["userAttributes.given_name"]', userAttributes="{}"),
        ['name="new_password"', 'name="attributes.given_name"'],
    ),
    "set-up": (
        challenge("MFA_SETUP", MFAS_CAN_SETUP='["SOFTWARE_TOKEN_MFA"]'),
        ["<svg", "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"],
    ),
    "SMS as first factor": (challenge("SMS_OTP", CODE_DELIVERY_DESTINATION="+*******99"), ["+*******99"]),
    "first factor": (
        challenge("SELECT_CHALLENGE") | {"AvailableChallenges": ["EMAIL_OTP", "PASSWORD"]},
        ['value="EMAIL_OTP"', 'name="password"'],
    ),
    "password": (challenge("PASSWORD"), ['name="password"']),
    "passkey": (challenge("WEB_AUTHN", CREDENTIAL_REQUEST_OPTIONS='{"challenge": "Y2hhbGxlbmdl"}'), ["data-options="]),
    "custom": (challenge("CUSTOM_CHALLENGE", question="7 + 2 = <b>?"), ["7 + 2 = &lt;b&gt;?", 'name="answer"']),
}
