"""Settings and helpers that scenarios of several areas share."""

from typing import Any

from tests.conformance.pool_fixture import OTHER, PoolFixture

LOCK_OUT = "GUIDE: Lockout behavior for failed sign-in attempts"


def reset(pool: PoolFixture, email: str, code: str, password: str = OTHER) -> None:
    pool.api.confirm_forgot_password(**pool.for_user(email, ConfirmationCode=code, Password=password))


def rotating(grace: int) -> dict[str, Any]:
    rotation = {"Feature": "ENABLED", "RetryGracePeriodSeconds": grace}
    return {"ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH"], "RefreshTokenRotation": rotation}


FACTORS = ["PASSWORD", "EMAIL_OTP", "WEB_AUTHN"]


PASSWORDLESS = {"UserPoolTier": "ESSENTIALS", "Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": FACTORS}}}


CHOICE = {"ExplicitAuthFlows": ["ALLOW_USER_AUTH", "ALLOW_USER_PASSWORD_AUTH"]}
