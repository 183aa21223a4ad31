"""What Cognito does, as scenarios: each names its source and runs in a pool of its own.

No real AWS was at hand: a scenario says what AWS's documentation and botocore's model say. API_X is the API reference's
page of X; GUIDE is the Cognito developer guide.
"""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.conformance.world import OTHER, PASSWORD, WRONG, World, claims, header, refused, totp
from tests.support.authenticator import Authenticator

NOT_AUTHORIZED, INVALID = "NotAuthorizedException", "InvalidParameterException"
MISMATCH, EXPIRED, LIMIT = "CodeMismatchException", "ExpiredCodeException", "LimitExceededException"


@dataclass(frozen=True)
class Scenario:
    """A sentence about Cognito, where it is written, and how to see it."""

    area: str
    sentence: str
    source: str
    pool: dict[str, Any]
    client: dict[str, Any]
    run: Callable[[World], None]


SCENARIOS: list[Scenario] = []


def scenario(
    area: str, sentence: str, source: str, pool: dict[str, Any] | None = None, client: dict[str, Any] | None = None
) -> Callable[[Callable[[World], None]], Callable[[World], None]]:
    def add(run: Callable[[World], None]) -> Callable[[World], None]:
        SCENARIOS.append(Scenario(area, sentence, source, pool or {}, client or {}, run))
        return run

    return add


# --- SECRET_HASH -----------------------------------------------------------------------------------------------------

HASHES = "GUIDE: Computing secret hash values"


@scenario("Client secret", "SignUp without SECRET_HASH is refused", HASHES)
def _(world: World) -> None:
    call = lambda: world.api.sign_up(ClientId=world.client_id, Username=world.new_address(), Password=PASSWORD)
    refused(NOT_AUTHORIZED, call, "SECRET_HASH was not received")


@scenario("Client secret", "SignUp with a wrong SECRET_HASH is refused", HASHES)
def _(world: World) -> None:
    refused(NOT_AUTHORIZED, lambda: world.sign_up(SecretHash=world.hash("x")), "Unable to verify secret hash")


@scenario("Client secret", "ConfirmSignUp, resend, forgot and reset want SECRET_HASH", HASHES)
def _(world: World) -> None:
    email = world.sign_up()
    user = {"ClientId": world.client_id, "Username": email, "SecretHash": world.hash("somebody else")}
    refused(NOT_AUTHORIZED, lambda: world.api.confirm_sign_up(**user, ConfirmationCode="000000"), "secret hash")
    refused(NOT_AUTHORIZED, lambda: world.api.resend_confirmation_code(**user), "secret hash")
    refused(NOT_AUTHORIZED, lambda: world.api.forgot_password(**user), "secret hash")
    reset = {**user, "ConfirmationCode": "000000", "Password": OTHER}
    refused(NOT_AUTHORIZED, lambda: world.api.confirm_forgot_password(**reset), "secret hash")


@scenario("Client secret", "Sign-in with a wrong SECRET_HASH is refused", HASHES)
def _(world: World) -> None:
    email = world.member()
    parameters = {"USERNAME": email, "PASSWORD": PASSWORD, "SECRET_HASH": world.hash("somebody else")}
    refused(NOT_AUTHORIZED, lambda: world.log_in(email, AuthParameters=parameters), "secret hash")


@scenario("Client secret", "REFRESH_TOKEN_AUTH wants SECRET_HASH over the sub, not over the address", HASHES)
def _(world: World) -> None:
    email = world.member()
    token, sub = world.tokens(email)["RefreshToken"], world.attributes(email)["sub"]

    def refresh(name: str) -> dict[str, Any]:
        parameters = {"REFRESH_TOKEN": token, "SECRET_HASH": world.hash(name)}
        return world.log_in(email, AuthFlow="REFRESH_TOKEN_AUTH", AuthParameters=parameters)

    assert refresh(sub)["AuthenticationResult"]["AccessToken"]
    refused(NOT_AUTHORIZED, lambda: refresh(email))


@scenario("Client secret", "An answer to a challenge wants SECRET_HASH over the sub", HASHES)
def _(world: World) -> None:
    email = world.invited()
    challenge = world.log_in(email)
    by_address = {"USERNAME": email, "SECRET_HASH": world.hash(email), "NEW_PASSWORD": OTHER}
    refused(NOT_AUTHORIZED, lambda: world.answer(challenge, email, **by_address))
    assert world.answer(challenge, email, NEW_PASSWORD=OTHER)["AuthenticationResult"]


@scenario("Client secret", "GetTokensFromRefreshToken wants the client secret", "API_GetTokensFromRefreshToken")
def _(world: World) -> None:
    token = world.tokens()["RefreshToken"]
    assert world.refresh(token)["AccessToken"]
    refused(NOT_AUTHORIZED, lambda: world.refresh(token, ClientSecret="x" * 40))


@scenario("Client secret", "RevokeToken wants the client secret", "API_RevokeToken")
def _(world: World) -> None:
    token = world.tokens()["RefreshToken"]
    call = lambda: world.api.revoke_token(ClientId=world.client_id, ClientSecret="x" * 40, Token=token)
    refused("UnauthorizedException", call)


# --- Sign-up and codes -----------------------------------------------------------------------------------------------


@scenario("Sign-up", "A code that was not sent is refused", "API_ConfirmSignUp")
def _(world: World) -> None:
    email = world.sign_up()
    code = world.peer.code_for(world.pool_id, email)
    refused(MISMATCH, lambda: world.confirm(email, "000000" if code != "000000" else "000001"))


@scenario("Sign-up", "Codes are random and have six digits", "API_SignUp")
def _(world: World) -> None:
    found = {world.peer.code_for(world.pool_id, world.sign_up()) for _ in range(4)}
    assert len(found) > 1, "always the same code"
    assert all(len(code) == 6 and code.isdecimal() for code in found)


@scenario("Sign-up", "A resend replaces the code", "API_ResendConfirmationCode")
def _(world: World) -> None:
    email = world.sign_up()
    old = world.peer.code_for(world.pool_id, email)
    for _ in range(3):
        world.api.resend_confirmation_code(**world.for_user(email))
        if world.peer.code_for(world.pool_id, email) != old:
            break
    refused(MISMATCH, lambda: world.confirm(email, old))
    world.confirm(email)


@scenario("Sign-up", "A sixth resend within the hour is refused", "GUIDE: Quotas, API_ResendConfirmationCode")
def _(world: World) -> None:
    email = world.sign_up()
    for _ in range(5):
        world.api.resend_confirmation_code(**world.for_user(email))
    refused(LIMIT, lambda: world.api.resend_confirmation_code(**world.for_user(email)))


@scenario("Sign-up", "After 15 wrong codes the right one is refused too", "GUIDE: Quotas, API_ConfirmSignUp")
def _(world: World) -> None:
    email = world.sign_up()
    code = world.peer.code_for(world.pool_id, email)
    for _ in range(15):
        refused(MISMATCH, lambda: world.confirm(email, "000000" if code != "000000" else "000001"))
    refused("TooManyFailedAttemptsException", lambda: world.confirm(email, code))


@scenario("Sign-up", "A confirmed user is not confirmed again", "API_ConfirmSignUp")
def _(world: World) -> None:
    email = world.sign_up()
    code = world.peer.code_for(world.pool_id, email)
    world.confirm(email, code)
    refused(NOT_AUTHORIZED, lambda: world.confirm(email, code), "Current status is CONFIRMED")
    refused(INVALID, lambda: world.api.resend_confirmation_code(**world.for_user(email)), "already confirmed")


@scenario("Sign-up", "An address that is taken is refused, in any case", "API_SignUp, UsernameConfigurationType")
def _(world: World) -> None:
    email = world.member()
    refused("UsernameExistsException", lambda: world.sign_up(email))
    refused("UsernameExistsException", lambda: world.sign_up(email.upper()))
    assert world.tokens(email.upper())


@scenario("Sign-up", "The password policy holds", "API_SignUp")
def _(world: World) -> None:
    refused("InvalidPasswordException", lambda: world.sign_up(password="correct-horse-9"))


@scenario("Sign-up", "Confirmation verifies the address", "GUIDE: Signing up and confirming user accounts")
def _(world: World) -> None:
    email = world.sign_up()
    assert world.attributes(email).get("email_verified") in {"false", None}
    world.confirm(email)
    assert world.attributes(email)["email_verified"] == "true"


ADMIN_ONLY = {"AdminCreateUserConfig": {"AllowAdminCreateUserOnly": True}}


@scenario("Sign-up", "A pool for invited users refuses sign-up", "AdminCreateUserConfigType", pool=ADMIN_ONLY)
def _(world: World) -> None:
    refused(NOT_AUTHORIZED, world.sign_up, "SignUp is not permitted")


@scenario("Sign-up", "Nobody signs up with a verified address of his own making", "API_SignUp")
def _(world: World) -> None:
    email = world.new_address()
    attributes = [{"Name": "email", "Value": email}, {"Name": "email_verified", "Value": "true"}]
    refused(NOT_AUTHORIZED, lambda: world.sign_up(email, UserAttributes=attributes))


@scenario("Sign-up", "The mail's destination is masked", "CodeDeliveryDetailsType")
def _(world: World) -> None:
    email = world.new_address()
    answer = world.api.sign_up(
        **world.for_user(email, Password=PASSWORD, UserAttributes=[{"Name": "email", "Value": email}])
    )
    assert email not in json.dumps(answer["CodeDeliveryDetails"]), "shows the address"


# --- Who exists ------------------------------------------------------------------------------------------------------

EXISTENCE = "GUIDE: Managing user existence error responses"


@scenario("Existence", "Sign-in of an unknown user looks like a wrong password", EXISTENCE)
def _(world: World) -> None:
    refused(NOT_AUTHORIZED, lambda: world.log_in(world.new_address()), "Incorrect username or password")


@scenario("Existence", "ForgotPassword and resend simulate a mail to an unknown user", EXISTENCE)
def _(world: World) -> None:
    user = world.for_user(world.new_address())
    assert world.api.forgot_password(**user)["CodeDeliveryDetails"]["DeliveryMedium"] == "EMAIL"
    assert world.api.resend_confirmation_code(**user)["CodeDeliveryDetails"]["DeliveryMedium"] == "EMAIL"


@scenario("Existence", "Codes of an unknown user are mismatches", EXISTENCE)
def _(world: World) -> None:
    user = world.for_user(world.new_address())
    refused(MISMATCH, lambda: world.api.confirm_sign_up(**user, ConfirmationCode="123456"))
    refused(MISMATCH, lambda: world.api.confirm_forgot_password(**user, ConfirmationCode="123456", Password=OTHER))


@scenario("Existence", "LEGACY names unknown users", EXISTENCE, client={"PreventUserExistenceErrors": "LEGACY"})
def _(world: World) -> None:
    refused("UserNotFoundException", lambda: world.log_in(world.new_address()))
    refused("UserNotFoundException", lambda: world.api.forgot_password(**world.for_user(world.new_address())))


@scenario("Existence", "ForgotPassword of an unverified user mails nothing and looks the same", EXISTENCE)
def _(world: World) -> None:
    email = world.sign_up()
    code = world.peer.code_for(world.pool_id, email)
    assert world.api.forgot_password(**world.for_user(email))["CodeDeliveryDetails"]
    assert world.peer.code_for(world.pool_id, email) == code, "mailed"


# --- Sign-in ---------------------------------------------------------------------------------------------------------

SIGN_IN = "API_InitiateAuth"
LOCK_OUT = "GUIDE: Lockout behavior for failed sign-in attempts"


@scenario(
    "Sign-in", "An unconfirmed user is named after the right password only", "owner's requirement; API_InitiateAuth"
)
def _(world: World) -> None:
    email = world.sign_up()
    refused(NOT_AUTHORIZED, lambda: world.log_in(email, WRONG), "Incorrect username or password")
    refused("UserNotConfirmedException", lambda: world.log_in(email))


@scenario("Sign-in", "Five wrong passwords lock the user out for a second, then for longer", LOCK_OUT)
def _(world: World) -> None:
    email = world.member()
    for _ in range(5):
        refused(NOT_AUTHORIZED, lambda: world.log_in(email, WRONG), "Incorrect username or password")
    refused(NOT_AUTHORIZED, lambda: world.log_in(email), "Password attempts exceeded")
    time.sleep(1.1)
    refused(NOT_AUTHORIZED, lambda: world.log_in(email, WRONG), "Incorrect username or password")
    time.sleep(1.1)
    refused(NOT_AUTHORIZED, lambda: world.log_in(email), "Password attempts exceeded")
    time.sleep(1.0)
    assert world.tokens(email)


@scenario("Sign-in", "A disabled user is refused", "API_AdminDisableUser")
def _(world: World) -> None:
    email = world.member()
    world.api.admin_disable_user(UserPoolId=world.pool_id, Username=email)
    refused(NOT_AUTHORIZED, lambda: world.log_in(email))
    world.api.admin_enable_user(UserPoolId=world.pool_id, Username=email)
    assert world.tokens(email)


@scenario(
    "Sign-in",
    "A flow that the client does not allow is refused",
    SIGN_IN,
    client={"ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH"]},
)
def _(world: World) -> None:
    email = world.sign_up()
    refused(INVALID, lambda: world.log_in(email), "not enabled")


@scenario("Sign-in", "A missing password is an invalid parameter", SIGN_IN)
def _(world: World) -> None:
    email = world.member()
    parameters = {"USERNAME": email, "SECRET_HASH": world.hash(email)}
    refused(INVALID, lambda: world.log_in(email, AuthParameters=parameters), "Missing required parameter PASSWORD")


@scenario(
    "Sign-in",
    "A temporary password leads to NEW_PASSWORD_REQUIRED, and the policy holds there",
    "API_RespondToAuthChallenge",
)
def _(world: World) -> None:
    email = world.invited()
    challenge = world.log_in(email)
    assert challenge["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    refused("InvalidPasswordException", lambda: world.answer(challenge, email, NEW_PASSWORD="weak"))
    assert world.answer(challenge, email, NEW_PASSWORD=OTHER)["AuthenticationResult"]
    assert world.tokens(email, OTHER)


@scenario("Sign-in", "A session that was made up is refused", "API_RespondToAuthChallenge")
def _(world: World) -> None:
    email = world.invited()
    challenge = {"ChallengeName": "NEW_PASSWORD_REQUIRED", "Session": "made-up-session-of-some-length"}
    refused(NOT_AUTHORIZED, lambda: world.answer(challenge, email, NEW_PASSWORD=OTHER), "Invalid session")


@scenario("Sign-in", "A session works once", "API_RespondToAuthChallenge")
def _(world: World) -> None:
    email = world.invited()
    challenge = world.log_in(email)
    world.answer(challenge, email, NEW_PASSWORD=OTHER)
    refused(NOT_AUTHORIZED, lambda: world.answer(challenge, email, NEW_PASSWORD=PASSWORD), "Invalid session")


@scenario("Sign-in", "A session does not answer another challenge", "API_RespondToAuthChallenge")
def _(world: World) -> None:
    email = world.invited()
    challenge = world.log_in(email)
    refused(NOT_AUTHORIZED, lambda: world.answer(challenge, email, "MFA_SETUP"))


@scenario(
    "Sign-in",
    "A reset that an administrator asks for is demanded after the right password",
    "API_AdminResetUserPassword",
)
def _(world: World) -> None:
    email = world.member()
    world.api.admin_reset_user_password(UserPoolId=world.pool_id, Username=email)
    refused(NOT_AUTHORIZED, lambda: world.log_in(email, WRONG))
    refused("PasswordResetRequiredException", lambda: world.log_in(email))


# --- Passwords -------------------------------------------------------------------------------------------------------


@scenario("Passwords", "A forgotten password is reset by the mailed code, once", "API_ConfirmForgotPassword")
def _(world: World) -> None:
    email = world.member()
    world.api.forgot_password(**world.for_user(email))
    code = world.peer.code_for(world.pool_id, email)
    wrong = "000000" if code != "000000" else "000001"
    refused(MISMATCH, lambda: reset(world, email, wrong))
    reset(world, email, code)
    assert world.tokens(email, OTHER)
    refused(EXPIRED, lambda: reset(world, email, code))


def reset(world: World, email: str, code: str, password: str = OTHER) -> None:
    world.api.confirm_forgot_password(**world.for_user(email, ConfirmationCode=code, Password=password))


@scenario("Passwords", "A reset keeps to the policy and does not use the code up", "API_ConfirmForgotPassword")
def _(world: World) -> None:
    email = world.member()
    world.api.forgot_password(**world.for_user(email))
    code = world.peer.code_for(world.pool_id, email)
    refused("InvalidPasswordException", lambda: reset(world, email, code, "weak-horse-9"))
    reset(world, email, code)


@scenario("Passwords", "A change wants the old password", "API_ChangePassword")
def _(world: World) -> None:
    email = world.member()
    token = world.tokens(email)["AccessToken"]

    def change(old: str) -> Any:
        return world.api.change_password(AccessToken=token, PreviousPassword=old, ProposedPassword=OTHER)

    refused(NOT_AUTHORIZED, lambda: change(WRONG), "Incorrect username or password")
    change(PASSWORD)
    assert world.tokens(email, OTHER)


@scenario("Passwords", "Guessing at a change is limited", "API_ChangePassword")
def _(world: World) -> None:
    email = world.member()
    token = world.tokens(email)["AccessToken"]
    change = lambda: world.api.change_password(AccessToken=token, PreviousPassword=WRONG, ProposedPassword=OTHER)
    for _ in range(5):
        refused(NOT_AUTHORIZED, change)
    refused(LIMIT, change)


HISTORY = {"Policies": {"PasswordPolicy": {"MinimumLength": 8, "PasswordHistorySize": 2}}, "UserPoolTier": "ESSENTIALS"}


@scenario(
    "Passwords", "A former password is refused where the pool keeps a history", "PasswordPolicyType", pool=HISTORY
)
def _(world: World) -> None:
    email = world.member()
    token = world.tokens(email)["AccessToken"]
    world.api.change_password(AccessToken=token, PreviousPassword=PASSWORD, ProposedPassword=OTHER)
    back = lambda: world.api.change_password(AccessToken=token, PreviousPassword=OTHER, ProposedPassword=PASSWORD)
    refused("PasswordHistoryPolicyViolationException", back)


# --- Tokens and sessions ---------------------------------------------------------------------------------------------


@scenario("Tokens", "The claims of access and ID token", "GUIDE: Understanding user pool JSON web tokens")
def _(world: World) -> None:
    tokens = world.tokens()
    access, identity = claims(tokens["AccessToken"]), claims(tokens["IdToken"])
    for claim in ("iss", "sub", "iat", "exp", "jti", "origin_jti", "auth_time", "token_use"):
        assert claim in access, f"access token without {claim}"
        assert claim in identity, f"ID token without {claim}"
    assert (access["client_id"], access["token_use"]) == (world.client_id, "access")
    assert "aud" not in access
    assert (identity["aud"], identity["token_use"]) == (world.client_id, "id")
    assert identity["email_verified"] is True
    assert access["scope"] == "aws.cognito.signin.user.admin"
    assert header(tokens["AccessToken"]).keys() == {"kid", "alg"}


@scenario("Tokens", "A refresh keeps auth_time and origin_jti", "GUIDE: Understanding user pool JSON web tokens")
def _(world: World) -> None:
    tokens = world.tokens()
    first = claims(tokens["AccessToken"])
    time.sleep(1.1)
    second = claims(world.refresh(tokens["RefreshToken"])["AccessToken"])
    assert (second["auth_time"], second["origin_jti"]) == (first["auth_time"], first["origin_jti"])
    assert second["jti"] != first["jti"]


@scenario("Tokens", "A forged access token is refused", "API_GetUser")
def _(world: World) -> None:
    head, body, signature = world.tokens()["AccessToken"].split(".")
    forged = ".".join([head, body, signature[:-8] + ("AAAAAAAA" if not signature.endswith("AAAAAAAA") else "BBBBBBBB")])
    refused(NOT_AUTHORIZED, lambda: world.api.get_user(AccessToken=forged))
    refused(NOT_AUTHORIZED, lambda: world.api.get_user(AccessToken="no-token"))


@scenario("Tokens", "An ID token is no access token", "API_GetUser")
def _(world: World) -> None:
    token = world.tokens()["IdToken"]
    refused(NOT_AUTHORIZED, lambda: world.api.get_user(AccessToken=token))


SHORT = {"AccessTokenValidity": 300, "TokenValidityUnits": {"AccessToken": "seconds"}}


@scenario("Tokens", "The client's validities are the tokens' lives", "API_CreateUserPoolClient", client=SHORT)
def _(world: World) -> None:
    access = claims(world.tokens()["AccessToken"])
    assert access["exp"] - access["iat"] == 300


@scenario("Tokens", "Global sign-out ends access and refresh tokens at Cognito", "API_GlobalSignOut")
def _(world: World) -> None:
    tokens = world.tokens()
    world.api.global_sign_out(AccessToken=tokens["AccessToken"])
    refused(NOT_AUTHORIZED, lambda: world.api.get_user(AccessToken=tokens["AccessToken"]), "revoked")
    refused(NOT_AUTHORIZED, lambda: world.api.global_sign_out(AccessToken=tokens["AccessToken"]), "revoked")
    refused(NOT_AUTHORIZED, lambda: world.refresh(tokens["RefreshToken"]), "revoked")


@scenario("Tokens", "An administrator's sign-out does as well", "API_AdminUserGlobalSignOut")
def _(world: World) -> None:
    email = world.member()
    tokens = world.tokens(email)
    world.api.admin_user_global_sign_out(UserPoolId=world.pool_id, Username=email)
    refused(NOT_AUTHORIZED, lambda: world.api.get_user(AccessToken=tokens["AccessToken"]))
    refused(NOT_AUTHORIZED, lambda: world.refresh(tokens["RefreshToken"]))


@scenario("Tokens", "RevokeToken ends one session and leaves the others", "API_RevokeToken")
def _(world: World) -> None:
    email = world.member()
    first, second = world.tokens(email), world.tokens(email)
    world.api.revoke_token(ClientId=world.client_id, ClientSecret=world.secret, Token=first["RefreshToken"])
    refused(NOT_AUTHORIZED, lambda: world.refresh(first["RefreshToken"]))
    refused(NOT_AUTHORIZED, lambda: world.api.get_user(AccessToken=first["AccessToken"]))
    assert world.refresh(second["RefreshToken"])
    assert world.api.get_user(AccessToken=second["AccessToken"])


@scenario("Tokens", "RevokeToken takes refresh tokens only", "API_RevokeToken")
def _(world: World) -> None:
    given = {"ClientId": world.client_id, "ClientSecret": world.secret, "Token": world.tokens()["AccessToken"]}
    refused("UnsupportedTokenTypeException", lambda: world.api.revoke_token(**given))


@scenario("Tokens", "A deleted user's tokens are refused", "API_DeleteUser")
def _(world: World) -> None:
    tokens = world.tokens()
    world.api.delete_user(AccessToken=tokens["AccessToken"])
    refused("UserNotFoundException", lambda: world.api.get_user(AccessToken=tokens["AccessToken"]))
    refused(NOT_AUTHORIZED, lambda: world.refresh(tokens["RefreshToken"]))


def rotating(grace: int) -> dict[str, Any]:
    rotation = {"Feature": "ENABLED", "RetryGracePeriodSeconds": grace}
    return {"ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH"], "RefreshTokenRotation": rotation}


ROTATION = "GUIDE: Refresh token rotation"


@scenario("Tokens", "Rotation gives a new refresh token; the old one is a reuse", ROTATION, client=rotating(0))
def _(world: World) -> None:
    old = world.tokens()["RefreshToken"]
    new = world.refresh(old)["RefreshToken"]
    assert new != old
    time.sleep(0.1)
    refused("RefreshTokenReuseException", lambda: world.refresh(old))
    assert world.refresh(new)["AccessToken"]


@scenario("Tokens", "Within the grace period the old refresh token works again", ROTATION, client=rotating(10))
def _(world: World) -> None:
    old = world.tokens()["RefreshToken"]
    first, again = world.refresh(old), world.refresh(old)
    assert first["RefreshToken"] != old != again["RefreshToken"]


@scenario("Tokens", "A rotated token lives no longer than the first", ROTATION, client=rotating(10))
def _(world: World) -> None:
    old = world.tokens()["RefreshToken"]
    time.sleep(1.1)
    assert claims(world.refresh(old)["RefreshToken"])["exp"] == claims(old)["exp"]


# --- The user's own data ---------------------------------------------------------------------------------------------


def update(world: World, token: str, **attributes: str) -> Any:
    given = [{"Name": name, "Value": value} for name, value in attributes.items()]
    return world.api.update_user_attributes(AccessToken=token, UserAttributes=given)


@scenario("Attributes", "A new address counts once its code came back", "UserAttributeUpdateSettingsType")
def _(world: World) -> None:
    email, new = world.member(), world.new_address()
    token = world.tokens(email)["AccessToken"]
    assert update(world, token, email=new)["CodeDeliveryDetailsList"][0]["AttributeName"] == "email"
    assert world.attributes(email)["email"] == email
    code = world.peer.code_for(world.pool_id, new)

    def verify(code: str) -> Any:
        return world.api.verify_user_attribute(AccessToken=token, AttributeName="email", Code=code)

    refused(MISMATCH, lambda: verify("000000" if code != "000000" else "000001"))
    verify(code)
    assert world.tokens(new)
    refused(NOT_AUTHORIZED, lambda: world.log_in(email))


@scenario("Attributes", "An address that is taken cannot be had", "API_UpdateUserAttributes")
def _(world: World) -> None:
    taken, token = world.member(), world.tokens()["AccessToken"]
    refused("AliasExistsException", lambda: update(world, token, email=taken))


@scenario("Attributes", "Nobody verifies his own address by writing so", "API_UpdateUserAttributes")
def _(world: World) -> None:
    token = world.tokens()["AccessToken"]
    refused(NOT_AUTHORIZED, lambda: update(world, token, email_verified="true"))


@scenario(
    "Attributes",
    "What the client may not write is refused",
    "API_CreateUserPoolClient: WriteAttributes",
    client={"WriteAttributes": ["email"]},
)
def _(world: World) -> None:
    token = world.tokens()["AccessToken"]
    refused(NOT_AUTHORIZED, lambda: update(world, token, name="Ada"), "unauthorized attribute")


@scenario(
    "Attributes",
    "What the client may not read is not shown",
    "API_CreateUserPoolClient: ReadAttributes",
    client={"ReadAttributes": ["email"]},
)
def _(world: World) -> None:
    shown = {row["Name"] for row in world.api.get_user(AccessToken=world.tokens()["AccessToken"])["UserAttributes"]}
    assert shown == {"sub", "email"}, shown


@scenario("Attributes", "An attribute that the schema does not have is refused", "API_UpdateUserAttributes")
def _(world: World) -> None:
    token = world.tokens()["AccessToken"]
    refused(INVALID, lambda: update(world, token, **{"custom:nothing": "x"}))


# --- TOTP ------------------------------------------------------------------------------------------------------------

TOTP_API = "API_AssociateSoftwareToken, API_VerifySoftwareToken"


def with_totp(world: World, mode: str = "OPTIONAL") -> None:
    world.api.set_user_pool_mfa_config(
        UserPoolId=world.pool_id, SoftwareTokenMfaConfiguration={"Enabled": True}, MfaConfiguration=mode
    )


def enrolled(world: World) -> tuple[str, str]:
    """Return the address and the TOTP secret of a user who has used the code of this time step."""
    email = world.member()
    token = world.tokens(email)["AccessToken"]
    secret = world.api.associate_software_token(AccessToken=token)["SecretCode"]
    refused(
        "EnableSoftwareTokenMFAException", lambda: world.api.verify_software_token(AccessToken=token, UserCode="000000")
    )
    world.api.verify_software_token(AccessToken=token, UserCode=totp(secret))
    preference = {"Enabled": True, "PreferredMfa": True}
    world.api.set_user_mfa_preference(AccessToken=token, SoftwareTokenMfaSettings=preference)
    return email, secret


@scenario("MFA", "TOTP is asked for after the password, and checked", TOTP_API)
def _(world: World) -> None:
    with_totp(world)
    email, secret = enrolled(world)
    challenge = world.log_in(email)
    assert challenge["ChallengeName"] == "SOFTWARE_TOKEN_MFA"
    refused(MISMATCH, lambda: world.answer(challenge, email, SOFTWARE_TOKEN_MFA_CODE="000000"))
    answer = world.answer(challenge, email, SOFTWARE_TOKEN_MFA_CODE=totp(secret, 1))
    assert answer["AuthenticationResult"]["AccessToken"]


@scenario("MFA", "A TOTP code works once", "RFC 6238, section 5.2")
def _(world: World) -> None:
    with_totp(world)
    email, secret = enrolled(world)
    code = totp(secret, 1)
    world.answer(world.log_in(email), email, SOFTWARE_TOKEN_MFA_CODE=code)
    again = world.log_in(email)
    refused(EXPIRED, lambda: world.answer(again, email, SOFTWARE_TOKEN_MFA_CODE=code), "already been used")


@scenario("MFA", "TOTP that was not verified cannot be preferred", "API_SetUserMFAPreference")
def _(world: World) -> None:
    with_totp(world)
    token = world.tokens()["AccessToken"]
    preference = {"AccessToken": token, "SoftwareTokenMfaSettings": {"Enabled": True}}
    refused(INVALID, lambda: world.api.set_user_mfa_preference(**preference))


@scenario("MFA", "Verification alone does not turn TOTP on", "API_VerifySoftwareToken, API_SetUserMFAPreference")
def _(world: World) -> None:
    with_totp(world)
    email = world.member()
    token = world.tokens(email)["AccessToken"]
    secret = world.api.associate_software_token(AccessToken=token)["SecretCode"]
    world.api.verify_software_token(AccessToken=token, UserCode=totp(secret))
    assert "AuthenticationResult" in world.log_in(email)


@scenario("MFA", "Where MFA is required, a user without a factor sets one up in the sign-in", "GUIDE: Adding MFA")
def _(world: World) -> None:
    email = world.member()
    with_totp(world, "ON")
    challenge = world.log_in(email)
    assert challenge["ChallengeName"] == "MFA_SETUP", challenge
    refused(INVALID, lambda: world.answer(challenge, email))
    associated = world.api.associate_software_token(Session=challenge["Session"])
    code = totp(associated["SecretCode"])
    verified = world.api.verify_software_token(Session=associated["Session"], UserCode=code)
    done = world.answer({**challenge, "Session": verified["Session"]}, email)
    assert done["AuthenticationResult"]["AccessToken"]


# --- Passwordless ----------------------------------------------------------------------------------------------------

FACTORS = ["PASSWORD", "EMAIL_OTP", "WEB_AUTHN"]
PASSWORDLESS = {"UserPoolTier": "ESSENTIALS", "Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": FACTORS}}}
CHOICE = {"ExplicitAuthFlows": ["ALLOW_USER_AUTH", "ALLOW_USER_PASSWORD_AUTH"]}
CHOICES = "GUIDE: Choice-based sign-in; API_InitiateAuth"


@scenario("Passwordless", "USER_AUTH offers the factors that the user has", CHOICES, PASSWORDLESS, CHOICE)
def _(world: World) -> None:
    challenge = world.choose(world.member())
    assert challenge["ChallengeName"] == "SELECT_CHALLENGE"
    assert set(challenge["AvailableChallenges"]) >= {"PASSWORD", "EMAIL_OTP"}
    assert "WEB_AUTHN" not in challenge["AvailableChallenges"]


@scenario("Passwordless", "A code by e-mail signs in, once", CHOICES, PASSWORDLESS, CHOICE)
def _(world: World) -> None:
    email = world.member()
    challenge = world.choose(email, PREFERRED_CHALLENGE="EMAIL_OTP")
    assert challenge["ChallengeName"] == "EMAIL_OTP"
    code = world.peer.code_for(world.pool_id, email)
    refused(MISMATCH, lambda: world.answer(challenge, email, EMAIL_OTP_CODE="000000" if code != "000000" else "000001"))
    assert world.answer(challenge, email, EMAIL_OTP_CODE=code)["AuthenticationResult"]
    refused(NOT_AUTHORIZED, lambda: world.answer(challenge, email, EMAIL_OTP_CODE=code))


@scenario("Passwordless", "SELECT_CHALLENGE leads to the challenge that was selected", CHOICES, PASSWORDLESS, CHOICE)
def _(world: World) -> None:
    email = world.member()
    chosen = world.answer(world.choose(email), email, ANSWER="EMAIL_OTP")
    assert chosen["ChallengeName"] == "EMAIL_OTP"
    with_password = world.answer(world.choose(email), email, ANSWER="PASSWORD", PASSWORD=PASSWORD)
    assert with_password["AuthenticationResult"]


@scenario(
    "Passwordless",
    "Sign-up without a password, and sign-in right after the confirmation",
    CHOICES,
    PASSWORDLESS,
    CHOICE,
)
def _(world: World) -> None:
    email = world.new_address()
    attributes = [{"Name": "email", "Value": email}]
    signed_up = world.api.sign_up(**world.for_user(email, UserAttributes=attributes))
    confirmed = world.confirm(email, Session=signed_up["Session"])
    given = {"USERNAME": email, "SECRET_HASH": world.hash(email)}
    flow = {"AuthFlow": "USER_AUTH", "AuthParameters": given, "Session": confirmed["Session"]}
    assert world.api.initiate_auth(ClientId=world.client_id, **flow)["AuthenticationResult"]["AccessToken"]


@scenario("Passwordless", "Sign-up without a password is refused where passwords are the only factor", "API_SignUp")
def _(world: World) -> None:
    email = world.new_address()
    call = lambda: world.api.sign_up(**world.for_user(email, UserAttributes=[{"Name": "email", "Value": email}]))
    refused("InvalidPasswordException", call)


PASSKEYS = "API_StartWebAuthnRegistration, API_CompleteWebAuthnRegistration"


def with_passkeys(world: World) -> None:
    configuration = {"RelyingPartyId": "localhost", "UserVerification": "required"}
    world.api.set_user_pool_mfa_config(UserPoolId=world.pool_id, WebAuthnConfiguration=configuration)


def register(world: World, token: str, authenticator: Authenticator) -> None:
    options = world.api.start_web_authn_registration(AccessToken=token)["CredentialCreationOptions"]
    world.api.complete_web_authn_registration(AccessToken=token, Credential=authenticator.create(options))


@scenario("Passkeys", "A passkey is registered, listed, used and deleted", PASSKEYS, PASSWORDLESS, CHOICE)
def _(world: World) -> None:
    with_passkeys(world)
    email, passkey = world.member(), Authenticator()
    token = world.tokens(email)["AccessToken"]
    register(world, token, passkey)
    (listed,) = world.api.list_web_authn_credentials(AccessToken=token)["Credentials"]
    challenge = world.choose(email, PREFERRED_CHALLENGE="WEB_AUTHN")
    options = json.loads(challenge["ChallengeParameters"]["CREDENTIAL_REQUEST_OPTIONS"])
    assert world.answer(challenge, email, CREDENTIAL=json.dumps(passkey.get(options)))["AuthenticationResult"]
    world.api.delete_web_authn_credential(AccessToken=token, CredentialId=listed["CredentialId"])
    assert world.api.list_web_authn_credentials(AccessToken=token)["Credentials"] == []


@scenario("Passkeys", "Another key's signature is refused", PASSKEYS, PASSWORDLESS, CHOICE)
def _(world: World) -> None:
    with_passkeys(world)
    email, passkey = world.member(), Authenticator()
    register(world, world.tokens(email)["AccessToken"], passkey)
    challenge = world.choose(email, PREFERRED_CHALLENGE="WEB_AUTHN")
    options = json.loads(challenge["ChallengeParameters"]["CREDENTIAL_REQUEST_OPTIONS"])
    thief = Authenticator(identifier=passkey.identifier)
    refused(NOT_AUTHORIZED, lambda: world.answer(challenge, email, CREDENTIAL=json.dumps(thief.get(options))))


@scenario("Passkeys", "A registration for another origin or challenge is refused", PASSKEYS, PASSWORDLESS, CHOICE)
def _(world: World) -> None:
    with_passkeys(world)
    token = world.tokens()["AccessToken"]
    elsewhere = Authenticator(origin="https://evil.example")
    refused("WebAuthnOriginNotAllowedException", lambda: register(world, token, elsewhere))
    old = world.api.start_web_authn_registration(AccessToken=token)["CredentialCreationOptions"]
    world.api.start_web_authn_registration(AccessToken=token)
    late = lambda: world.api.complete_web_authn_registration(AccessToken=token, Credential=Authenticator().create(old))
    refused("WebAuthnChallengeNotFoundException", late)


@scenario("Passkeys", "A pool that does not allow passkeys refuses them", PASSKEYS)
def _(world: World) -> None:
    token = world.tokens()["AccessToken"]
    refused("WebAuthnNotEnabledException", lambda: world.api.start_web_authn_registration(AccessToken=token))


# --- The pool --------------------------------------------------------------------------------------------------------


@scenario("Pool", "An update of the client resets what it leaves out", "API_UpdateUserPoolClient")
def _(world: World) -> None:
    world.api.update_user_pool_client(UserPoolId=world.pool_id, ClientId=world.client_id, ClientName="renamed")
    client = world.api.describe_user_pool_client(UserPoolId=world.pool_id, ClientId=world.client_id)["UserPoolClient"]
    assert client.get("PreventUserExistenceErrors", "LEGACY") == "LEGACY", "kept"


@scenario("Pool", "Rotation and REFRESH_TOKEN_AUTH exclude each other", "API_CreateUserPoolClient")
def _(world: World) -> None:
    options = {**rotating(10), "ExplicitAuthFlows": ["ALLOW_REFRESH_TOKEN_AUTH"]}
    refused(INVALID, lambda: world.add_client(**options))


@scenario("Pool", "Requests that the model does not allow are refused", "botocore's model")
def _(world: World) -> None:
    import boto3  # noqa: PLC0415 - of this scenario only
    from botocore.config import Config  # noqa: PLC0415 - of this scenario only

    loose: Any = boto3.client(  # pyright: ignore[reportUnknownMemberType] - only the stubs of one service are installed
        "cognito-idp",
        region_name="us-east-1",
        endpoint_url=world.peer.url,
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(parameter_validation=False),
    )
    refused(INVALID, lambda: loose.sign_up(ClientId=world.client_id))
    refused(INVALID, lambda: loose.initiate_auth(ClientId=world.client_id))


NONSENSE: dict[str, dict[str, Any]] = {
    "enum": {"PreventUserExistenceErrors": "MAYBE"},
    "maximum": {"AuthSessionValidity": 99},
    "flows": {"ExplicitAuthFlows": ["ALLOW_NONSENSE"]},
}


@scenario("Pool", "Enums and maxima of the model hold", "botocore's model")
def _(world: World) -> None:
    for options in NONSENSE.values():
        refused(INVALID, lambda options=options: world.add_client(**options))


@scenario("Pool", "An update of the pool resets what it leaves out", "API_UpdateUserPool")
def _(world: World) -> None:
    policy = {"PasswordPolicy": {"MinimumLength": 20}}
    world.api.update_user_pool(UserPoolId=world.pool_id, Policies=policy)
    world.api.update_user_pool(UserPoolId=world.pool_id)
    found = world.api.describe_user_pool(UserPoolId=world.pool_id)["UserPool"]["Policies"]["PasswordPolicy"]
    assert found["MinimumLength"] == 8


PLAIN: dict[str, Any] = {"UsernameAttributes": [], "UsernameConfiguration": {"CaseSensitive": False}}


def named(world: World, name: str) -> dict[str, Any]:
    """Return the tokens of a user with a name in a pool of names."""
    world.api.admin_create_user(UserPoolId=world.pool_id, Username=name, MessageAction="SUPPRESS")
    world.api.admin_set_user_password(UserPoolId=world.pool_id, Username=name, Password=PASSWORD, Permanent=True)
    return world.tokens(name)


@scenario("Names", "A token of one pool is nobody in another", "API_GetUser", pool=PLAIN)
def _(world: World) -> None:
    other = World(world.peer, pool=PLAIN, client={})
    mine, theirs = named(world, "ada"), named(other, "ada")
    world.api.delete_user(AccessToken=mine["AccessToken"])
    assert other.api.get_user(AccessToken=theirs["AccessToken"])["Username"] == "ada"


@scenario("Names", "A deleted user's tokens are not those of a later namesake", "API_DeleteUser", pool=PLAIN)
def _(world: World) -> None:
    old = named(world, "dan")
    world.api.admin_delete_user(UserPoolId=world.pool_id, Username="dan")
    named(world, "dan")
    refused(NOT_AUTHORIZED, lambda: world.api.get_user(AccessToken=old["AccessToken"]))
    refused(NOT_AUTHORIZED, lambda: world.refresh(old["RefreshToken"]))


@scenario(
    "Names", "Names that differ in case are one name where the pool says so", "UsernameConfigurationType", pool=PLAIN
)
def _(world: World) -> None:
    named(world, "eve")
    user = world.for_user("Eve", Password=PASSWORD)
    refused("UsernameExistsException", lambda: world.api.sign_up(**user))
    assert world.tokens("EVE")


ALIAS: dict[str, Any] = {"UsernameAttributes": [], "AliasAttributes": ["email"]}


@scenario("Names", "A verified alias signs in, and belongs to one user", "API_ConfirmSignUp", pool=ALIAS)
def _(world: World) -> None:
    email = world.new_address()
    for name in ("ada", "bob"):
        attributes = [{"Name": "email", "Value": email}]
        world.api.sign_up(**world.for_user(name, Password=PASSWORD, UserAttributes=attributes))
        code = world.peer.code_for(world.pool_id, email)
        if name == "ada":
            world.confirm(name, code)
    assert world.tokens(email)
    refused("AliasExistsException", lambda: world.confirm("bob", code))


@scenario(
    "MFA", "Where a second factor is wanted, a code by e-mail is not enough", "GUIDE: Adding MFA", PASSWORDLESS, CHOICE
)
def _(world: World) -> None:
    email = world.member()
    assert "EMAIL_OTP" in world.choose(email)["AvailableChallenges"]
    with_totp(world, "ON")
    assert world.choose(email)["AvailableChallenges"] == ["PASSWORD"]


@scenario("MFA", "Wrong codes lock the user out as wrong passwords do", LOCK_OUT)
def _(world: World) -> None:
    with_totp(world)
    email, secret = enrolled(world)
    challenges = [world.log_in(email) for _ in range(6)]
    for challenge in challenges[:5]:
        refused(MISMATCH, lambda challenge=challenge: world.answer(challenge, email, SOFTWARE_TOKEN_MFA_CODE="000000"))
    code = totp(secret, 1)
    refused(NOT_AUTHORIZED, lambda: world.answer(challenges[5], email, SOFTWARE_TOKEN_MFA_CODE=code), "exceeded")


@scenario("Passwordless", "A new code by e-mail replaces the one before", CHOICES, PASSWORDLESS, CHOICE)
def _(world: World) -> None:
    email = world.member()
    first = world.choose(email, PREFERRED_CHALLENGE="EMAIL_OTP")
    old = world.peer.code_for(world.pool_id, email)
    second = world.choose(email, PREFERRED_CHALLENGE="EMAIL_OTP")
    new = world.peer.code_for(world.pool_id, email)
    if old != new:
        refused(MISMATCH, lambda: world.answer(first, email, EMAIL_OTP_CODE=old))
    assert world.answer(second, email, EMAIL_OTP_CODE=new)["AuthenticationResult"]


@scenario("Administrators", "An invitation is repeated for who has not come yet only", "API_AdminCreateUser")
def _(world: World) -> None:
    email = world.member()
    invite = {"UserPoolId": world.pool_id, "Username": email, "MessageAction": "RESEND"}
    refused("UnsupportedUserStateException", lambda: world.api.admin_create_user(**invite))


@scenario("Administrators", "A password is not reset for who cannot get the code", "API_AdminResetUserPassword")
def _(world: World) -> None:
    email = world.sign_up()
    refused(INVALID, lambda: world.api.admin_reset_user_password(UserPoolId=world.pool_id, Username=email))


@scenario("Administrators", "A password flow of clients is none of administrators", "API_AdminInitiateAuth")
def _(world: World) -> None:
    email = world.member()
    parameters = {"USERNAME": email, "PASSWORD": PASSWORD, "SECRET_HASH": world.hash(email)}
    flow = {"AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": parameters}
    call = lambda: world.api.admin_initiate_auth(UserPoolId=world.pool_id, ClientId=world.client_id, **flow)
    refused(INVALID, call)


RECOVERY = {"AccountRecoverySetting": {"RecoveryMechanisms": [{"Name": "admin_only", "Priority": 1}]}}


@scenario(
    "Passwords", "Where administrators recover accounts, nobody else does", "AccountRecoverySettingType", pool=RECOVERY
)
def _(world: World) -> None:
    email = world.member()
    refused(NOT_AUTHORIZED, lambda: world.api.forgot_password(**world.for_user(email)), "Contact administrator")


SCHEMA: dict[str, Any] = {
    "Schema": [
        {"Name": "given_name", "AttributeDataType": "String", "Required": True, "Mutable": True},
        {
            "Name": "plan",
            "AttributeDataType": "String",
            "Mutable": False,
            "StringAttributeConstraints": {"MaxLength": "3"},
        },
    ]
}


@scenario("Attributes", "The schema's rules hold: required, length, immutable", "SchemaAttributeType", pool=SCHEMA)
def _(world: World) -> None:
    refused(INVALID, world.sign_up)
    email = world.new_address()

    def attributes(plan: str) -> list[dict[str, str]]:
        given = {"email": email, "given_name": "Ada", "custom:plan": plan}
        return [{"Name": name, "Value": value} for name, value in given.items()]

    refused(INVALID, lambda: world.sign_up(email, UserAttributes=attributes("gold")))
    world.sign_up(email, UserAttributes=attributes("red"))
    world.confirm(email)
    token = world.tokens(email)["AccessToken"]
    refused(INVALID, lambda: update(world, token, **{"custom:plan": "two"}))


@scenario(
    "Attributes",
    "What the client may not read is not in the ID token",
    "API_CreateUserPoolClient: ReadAttributes",
    client={"ReadAttributes": ["email"]},
)
def _(world: World) -> None:
    email = world.new_address()
    attributes = [{"Name": "email", "Value": email}, {"Name": "name", "Value": "Ada"}]
    world.sign_up(email, UserAttributes=attributes)
    world.confirm(email)
    identity = claims(world.tokens(email)["IdToken"])
    assert identity["email"] == email
    assert "name" not in identity
