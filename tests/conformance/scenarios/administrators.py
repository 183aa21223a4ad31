"""Scenarios: Administrators."""

from tests.conformance.pool_fixture import PASSWORD, PoolFixture, refused
from tests.conformance.scenario import INVALID, scenario


@scenario("Administrators", "RESEND of an invitation to a confirmed user is refused", "API_AdminCreateUser")
def resend_of_an_invitation_to_a_confirmed_user_is_refused(pool: PoolFixture) -> None:
    email = pool.confirmed_user()
    invite = {"UserPoolId": pool.pool_id, "Username": email, "MessageAction": "RESEND"}
    refused("UnsupportedUserStateException", lambda: pool.api.admin_create_user(**invite))


@scenario("Administrators", "RESEND of an invitation replaces the temporary password", "API_AdminCreateUser")
def resend_of_an_invitation_replaces_the_temporary_password(pool: PoolFixture) -> None:
    email = pool.invited_user()
    pool.api.admin_create_user(UserPoolId=pool.pool_id, Username=email, MessageAction="RESEND")
    refused("NotAuthorizedException", lambda: pool.log_in(email))


@scenario("Administrators", "AdminResetUserPassword requires a verified address", "API_AdminResetUserPassword")
def adminresetuserpassword_requires_a_verified_address(pool: PoolFixture) -> None:
    email = pool.sign_up()
    refused(INVALID, lambda: pool.api.admin_reset_user_password(UserPoolId=pool.pool_id, Username=email))


@scenario("Administrators", "AdminInitiateAuth refuses USER_PASSWORD_AUTH", "API_AdminInitiateAuth")
def admininitiateauth_refuses_user_password_auth(pool: PoolFixture) -> None:
    email = pool.confirmed_user()
    parameters = {"USERNAME": email, "PASSWORD": PASSWORD, "SECRET_HASH": pool.hash(email)}
    flow = {"AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": parameters}
    call = lambda: pool.api.admin_initiate_auth(UserPoolId=pool.pool_id, ClientId=pool.client_id, **flow)
    refused(INVALID, call)
