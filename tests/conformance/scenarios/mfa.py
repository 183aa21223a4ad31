"""Scenarios: MFA."""

from tests.conformance.pool_fixture import PoolFixture, refused, totp
from tests.conformance.scenario import EXPIRED, INVALID, MISMATCH, NOT_AUTHORIZED, scenario
from tests.conformance.settings import CHOICE, LOCK_OUT, PASSWORDLESS

TOTP_API = "API_AssociateSoftwareToken, API_VerifySoftwareToken"


def enable_totp(pool: PoolFixture, mode: str = "OPTIONAL") -> None:
    pool.api.set_user_pool_mfa_config(
        UserPoolId=pool.pool_id, SoftwareTokenMfaConfiguration={"Enabled": True}, MfaConfiguration=mode
    )


def enroll_in_totp(pool: PoolFixture) -> tuple[str, str]:
    """Enrol a new user in TOTP; return the address and the secret. The code of this time step is used."""
    email = pool.confirmed_user()
    token = pool.tokens(email)["AccessToken"]
    secret = pool.api.associate_software_token(AccessToken=token)["SecretCode"]
    refused(
        "EnableSoftwareTokenMFAException", lambda: pool.api.verify_software_token(AccessToken=token, UserCode="000000")
    )
    pool.api.verify_software_token(AccessToken=token, UserCode=totp(secret))
    preference = {"Enabled": True, "PreferredMfa": True}
    pool.api.set_user_mfa_preference(AccessToken=token, SoftwareTokenMfaSettings=preference)
    return email, secret


@scenario("MFA", "OFF ends all second factors, and takes none", "API_SetUserPoolMfaConfig")
def off_ends_all_second_factors(pool: PoolFixture) -> None:
    enable_totp(pool)
    email, _ = enroll_in_totp(pool)
    refused(INVALID, lambda: enable_totp(pool, "OFF"))
    pool.api.set_user_pool_mfa_config(UserPoolId=pool.pool_id, MfaConfiguration="OFF")
    assert pool.tokens(email)
    found = pool.api.get_user_pool_mfa_config(UserPoolId=pool.pool_id)
    assert not found.get("SoftwareTokenMfaConfiguration", {}).get("Enabled")


@scenario("MFA", "TOTP is required after the password and checked", TOTP_API)
def totp_is_required_after_the_password_and_checked(pool: PoolFixture) -> None:
    enable_totp(pool)
    email, secret = enroll_in_totp(pool)
    challenge = pool.log_in(email)
    assert challenge["ChallengeName"] == "SOFTWARE_TOKEN_MFA"
    refused(MISMATCH, lambda: pool.respond(challenge, email, SOFTWARE_TOKEN_MFA_CODE="000000"))
    answer = pool.respond(challenge, email, SOFTWARE_TOKEN_MFA_CODE=totp(secret, 1))
    assert answer["AuthenticationResult"]["AccessToken"]


@scenario("MFA", "A TOTP code can be used once", "RFC 6238, section 5.2")
def a_totp_code_can_be_used_once(pool: PoolFixture) -> None:
    enable_totp(pool)
    email, secret = enroll_in_totp(pool)
    code = totp(secret, 1)
    pool.respond(pool.log_in(email), email, SOFTWARE_TOKEN_MFA_CODE=code)
    again = pool.log_in(email)
    refused(EXPIRED, lambda: pool.respond(again, email, SOFTWARE_TOKEN_MFA_CODE=code), "already been used")


@scenario("MFA", "Unverified TOTP cannot be enabled", "API_SetUserMFAPreference")
def unverified_totp_cannot_be_enabled(pool: PoolFixture) -> None:
    enable_totp(pool)
    token = pool.tokens()["AccessToken"]
    preference = {"AccessToken": token, "SoftwareTokenMfaSettings": {"Enabled": True}}
    refused(INVALID, lambda: pool.api.set_user_mfa_preference(**preference))


@scenario("MFA", "VerifySoftwareToken alone does not enable TOTP", "API_VerifySoftwareToken, API_SetUserMFAPreference")
def verifysoftwaretoken_alone_does_not_enable_totp(pool: PoolFixture) -> None:
    enable_totp(pool)
    email = pool.confirmed_user()
    token = pool.tokens(email)["AccessToken"]
    secret = pool.api.associate_software_token(AccessToken=token)["SecretCode"]
    pool.api.verify_software_token(AccessToken=token, UserCode=totp(secret))
    assert "AuthenticationResult" in pool.log_in(email)


@scenario("MFA", "When MFA is required, a user without a factor sets one up at sign-in", "GUIDE: Adding MFA")
def when_mfa_is_required_a_user_without_a_factor_sets_one_up_a(pool: PoolFixture) -> None:
    email = pool.confirmed_user()
    enable_totp(pool, "ON")
    challenge = pool.log_in(email)
    assert challenge["ChallengeName"] == "MFA_SETUP", challenge
    refused(INVALID, lambda: pool.respond(challenge, email))
    associated = pool.api.associate_software_token(Session=challenge["Session"])
    code = totp(associated["SecretCode"])
    verified = pool.api.verify_software_token(Session=associated["Session"], UserCode=code)
    done = pool.respond({**challenge, "Session": verified["Session"]}, email)
    assert done["AuthenticationResult"]["AccessToken"]


@scenario("MFA", "When MFA is required, EMAIL_OTP is not a first factor", "GUIDE: Adding MFA", PASSWORDLESS, CHOICE)
def when_mfa_is_required_email_otp_is_not_a_first_factor(pool: PoolFixture) -> None:
    email = pool.confirmed_user()
    assert "EMAIL_OTP" in pool.start_user_auth(email)["AvailableChallenges"]
    enable_totp(pool, "ON")
    assert pool.start_user_auth(email)["AvailableChallenges"] == ["PASSWORD"]


@scenario("MFA", "Wrong TOTP codes lock the user as wrong passwords do", LOCK_OUT)
def wrong_totp_codes_lock_the_user_as_wrong_passwords_do(pool: PoolFixture) -> None:
    enable_totp(pool)
    email, secret = enroll_in_totp(pool)
    challenges = [pool.log_in(email) for _ in range(6)]
    for challenge in challenges[:5]:
        refused(MISMATCH, lambda challenge=challenge: pool.respond(challenge, email, SOFTWARE_TOKEN_MFA_CODE="000000"))
    code = totp(secret, 1)
    refused(NOT_AUTHORIZED, lambda: pool.respond(challenges[5], email, SOFTWARE_TOKEN_MFA_CODE=code), "exceeded")
