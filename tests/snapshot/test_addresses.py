"""Terraform addresses and the fields that replace the pool: a change here loses every user."""

from typing import Any

Json = dict[str, Any]


def test_the_addresses_of_deployed_resources_never_change(stack: Json) -> None:
    addresses = {f"{kind}.{name}" for kind, resources in stack["resource"].items() for name in resources}
    assert addresses == {"aws_cognito_user_pool.user_pool", "aws_cognito_user_pool_client.user_pool_client"}


def test_the_fields_that_replace_the_pool_never_change(user_pool: Json) -> None:
    replacing = ("username_attributes", "alias_attributes", "username_configuration", "schema")
    assert {name: user_pool[name] for name in replacing if name in user_pool} == {
        "username_attributes": ["email"],
        "username_configuration": {"case_sensitive": False},
    }


def test_variables_and_outputs_keep_their_names(stack: Json) -> None:
    assert sorted(stack["variable"]) == [
        "access_token_validity_minutes",
        "aws_region",
        "callback_urls",
        "id_token_validity_minutes",
        "logout_urls",
        "password_minimum_length",
        "propagate_user_context",
        "refresh_token_validity_days",
        "tags",
        "user_pool_client_name",
        "user_pool_name",
    ]
    assert all(
        variable["type"] and variable["description"] and variable["validation"]
        for variable in stack["variable"].values()
    )
