"""Scenarios: Attributes."""

from typing import Any

from tests.conformance.pool_fixture import PoolFixture, claims, refused
from tests.conformance.scenario import INVALID, MISMATCH, NOT_AUTHORIZED, scenario


def update(pool: PoolFixture, token: str, **attributes: str) -> Any:
    given = [{"Name": name, "Value": value} for name, value in attributes.items()]
    return pool.api.update_user_attributes(AccessToken=token, UserAttributes=given)


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


@scenario("Attributes", "A new address takes effect once it is verified", "UserAttributeUpdateSettingsType")
def a_new_address_takes_effect_once_it_is_verified(pool: PoolFixture) -> None:
    email, new = pool.confirmed_user(), pool.new_address()
    token = pool.tokens(email)["AccessToken"]
    assert update(pool, token, email=new)["CodeDeliveryDetailsList"][0]["AttributeName"] == "email"
    assert pool.attributes(email)["email"] == email
    code = pool.emulator.code_for(pool.pool_id, new)

    def verify(code: str) -> Any:
        return pool.api.verify_user_attribute(AccessToken=token, AttributeName="email", Code=code)

    refused(MISMATCH, lambda: verify("000000" if code != "000000" else "000001"))
    verify(code)
    assert pool.tokens(new)
    refused(NOT_AUTHORIZED, lambda: pool.log_in(email))


@scenario("Attributes", "An empty value deletes an attribute, and is none at sign-up", "API_UpdateUserAttributes")
def an_empty_value_deletes_an_attribute(pool: PoolFixture) -> None:
    email = pool.new_address()
    empty = [{"Name": "email", "Value": email}, {"Name": "nickname", "Value": ""}]
    pool.sign_up(email, UserAttributes=empty)
    pool.confirm(email)
    assert "nickname" not in pool.attributes(email)
    token = pool.tokens(email)["AccessToken"]
    update(pool, token, nickname="Ada")
    assert pool.attributes(email)["nickname"] == "Ada"
    update(pool, token, nickname="")
    assert "nickname" not in pool.attributes(email)
    update(pool, token, nickname="Ada")
    pool.api.admin_update_user_attributes(
        UserPoolId=pool.pool_id, Username=email, UserAttributes=[{"Name": "nickname", "Value": ""}]
    )
    assert "nickname" not in pool.attributes(email)


NUMBER: dict[str, Any] = {
    "Schema": [
        {
            "Name": "seats",
            "AttributeDataType": "Number",
            "Mutable": True,
            "NumberAttributeConstraints": {"MinValue": "1", "MaxValue": "3"},
        }
    ]
}


@scenario("Attributes", "A number is within its range", "NumberAttributeConstraintsType", pool=NUMBER)
def a_number_is_within_its_range(pool: PoolFixture) -> None:
    token = pool.tokens()["AccessToken"]
    update(pool, token, **{"custom:seats": "3"})
    for value in ("9", "0", "many"):
        refused(INVALID, lambda value=value: update(pool, token, **{"custom:seats": value}))


@scenario("Attributes", "A change to an address in use is refused", "API_UpdateUserAttributes")
def a_change_to_an_address_in_use_is_refused(pool: PoolFixture) -> None:
    taken, token = pool.confirmed_user(), pool.tokens()["AccessToken"]
    refused("AliasExistsException", lambda: update(pool, token, email=taken))


@scenario("Attributes", "UpdateUserAttributes cannot set email_verified", "API_UpdateUserAttributes")
def updateuserattributes_cannot_set_email_verified(pool: PoolFixture) -> None:
    token = pool.tokens()["AccessToken"]
    refused(NOT_AUTHORIZED, lambda: update(pool, token, email_verified="true"))


@scenario(
    "Attributes",
    "Attributes outside WriteAttributes are refused",
    "API_CreateUserPoolClient: WriteAttributes",
    client={"WriteAttributes": ["email"]},
)
def attributes_outside_writeattributes_are_refused(pool: PoolFixture) -> None:
    token = pool.tokens()["AccessToken"]
    refused(NOT_AUTHORIZED, lambda: update(pool, token, name="Ada"), "unauthorized attribute")


@scenario(
    "Attributes",
    "Attributes outside ReadAttributes are not returned",
    "API_CreateUserPoolClient: ReadAttributes",
    client={"ReadAttributes": ["email"]},
)
def attributes_outside_readattributes_are_not_returned(pool: PoolFixture) -> None:
    shown = {row["Name"] for row in pool.api.get_user(AccessToken=pool.tokens()["AccessToken"])["UserAttributes"]}
    assert shown == {"sub", "email"}, shown


@scenario("Attributes", "An attribute outside the schema is refused", "API_UpdateUserAttributes")
def an_attribute_outside_the_schema_is_refused(pool: PoolFixture) -> None:
    token = pool.tokens()["AccessToken"]
    refused(INVALID, lambda: update(pool, token, **{"custom:nothing": "x"}))


@scenario("Attributes", "The schema is enforced: required, length, immutable", "SchemaAttributeType", pool=SCHEMA)
def the_schema_is_enforced_required_length_immutable(pool: PoolFixture) -> None:
    refused(INVALID, pool.sign_up)
    email = pool.new_address()

    def attributes(plan: str) -> list[dict[str, str]]:
        given = {"email": email, "given_name": "Ada", "custom:plan": plan}
        return [{"Name": name, "Value": value} for name, value in given.items()]

    refused(INVALID, lambda: pool.sign_up(email, UserAttributes=attributes("gold")))
    pool.sign_up(email, UserAttributes=attributes("red"))
    pool.confirm(email)
    token = pool.tokens(email)["AccessToken"]
    refused(INVALID, lambda: update(pool, token, **{"custom:plan": "two"}))


@scenario(
    "Attributes",
    "The ID token omits attributes outside ReadAttributes",
    "API_CreateUserPoolClient: ReadAttributes",
    client={"ReadAttributes": ["email"]},
)
def the_id_token_omits_attributes_outside_readattributes(pool: PoolFixture) -> None:
    email = pool.new_address()
    attributes = [{"Name": "email", "Value": email}, {"Name": "name", "Value": "Ada"}]
    pool.sign_up(email, UserAttributes=attributes)
    pool.confirm(email)
    identity = claims(pool.tokens(email)["IdToken"])
    assert identity["email"] == email
    assert "name" not in identity
