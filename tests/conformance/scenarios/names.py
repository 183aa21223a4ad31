"""Scenarios: Names."""

from typing import Any

from tests.conformance.pool_fixture import PASSWORD, PoolFixture, refused
from tests.conformance.scenario import NOT_AUTHORIZED, scenario

PLAIN: dict[str, Any] = {"UsernameAttributes": [], "UsernameConfiguration": {"CaseSensitive": False}}


def named(pool: PoolFixture, name: str) -> dict[str, Any]:
    """Create a user with this username, in a pool that signs in by username, and return the tokens."""
    pool.api.admin_create_user(UserPoolId=pool.pool_id, Username=name, MessageAction="SUPPRESS")
    pool.api.admin_set_user_password(UserPoolId=pool.pool_id, Username=name, Password=PASSWORD, Permanent=True)
    return pool.tokens(name)


ALIAS: dict[str, Any] = {"UsernameAttributes": [], "AliasAttributes": ["email"]}


@scenario("Names", "Deleting a user does not affect the same name in another pool", "API_GetUser", pool=PLAIN)
def deleting_a_user_does_not_affect_the_same_name_in_another_p(pool: PoolFixture) -> None:
    other = PoolFixture(pool.emulator, pool=PLAIN, client={})
    mine, theirs = named(pool, "ada"), named(other, "ada")
    pool.api.delete_user(AccessToken=mine["AccessToken"])
    assert other.api.get_user(AccessToken=theirs["AccessToken"])["Username"] == "ada"


@scenario("Names", "A deleted user's tokens stay invalid when the name is reused", "API_DeleteUser", pool=PLAIN)
def a_deleted_user_s_tokens_stay_invalid_when_the_name_is_reus(pool: PoolFixture) -> None:
    old = named(pool, "dan")
    pool.api.admin_delete_user(UserPoolId=pool.pool_id, Username="dan")
    named(pool, "dan")
    refused(NOT_AUTHORIZED, lambda: pool.api.get_user(AccessToken=old["AccessToken"]))
    refused(NOT_AUTHORIZED, lambda: pool.refresh(old["RefreshToken"]))


@scenario("Names", "Usernames ignore case when CaseSensitive is false", "UsernameConfigurationType", pool=PLAIN)
def usernames_ignore_case_when_casesensitive_is_false(pool: PoolFixture) -> None:
    named(pool, "eve")
    user = pool.for_user("Eve", Password=PASSWORD)
    refused("UsernameExistsException", lambda: pool.api.sign_up(**user))
    assert pool.tokens("EVE")


@scenario("Names", "A verified alias signs in and belongs to one user", "API_ConfirmSignUp", pool=ALIAS)
def a_verified_alias_signs_in_and_belongs_to_one_user(pool: PoolFixture) -> None:
    email = pool.new_address()
    for name in ("ada", "bob"):
        attributes = [{"Name": "email", "Value": email}]
        pool.api.sign_up(**pool.for_user(name, Password=PASSWORD, UserAttributes=attributes))
        code = pool.emulator.code_for(pool.pool_id, email)
        if name == "ada":
            pool.confirm(name, code)
    assert pool.tokens(email)
    refused("AliasExistsException", lambda: pool.confirm("bob", code))
