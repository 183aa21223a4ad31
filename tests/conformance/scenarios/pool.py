"""Scenarios: Pool."""

from typing import Any

from tests.conformance.pool_fixture import PoolFixture, refused
from tests.conformance.scenario import INVALID, scenario
from tests.conformance.settings import rotating

NONSENSE: dict[str, dict[str, Any]] = {
    "enum": {"PreventUserExistenceErrors": "MAYBE"},
    "maximum": {"AuthSessionValidity": 99},
    "flows": {"ExplicitAuthFlows": ["ALLOW_NONSENSE"]},
}


@scenario("Pool", "UpdateUserPoolClient resets omitted settings", "API_UpdateUserPoolClient")
def updateuserpoolclient_resets_omitted_settings(pool: PoolFixture) -> None:
    pool.api.update_user_pool_client(UserPoolId=pool.pool_id, ClientId=pool.client_id, ClientName="renamed")
    client = pool.api.describe_user_pool_client(UserPoolId=pool.pool_id, ClientId=pool.client_id)["UserPoolClient"]
    assert client.get("PreventUserExistenceErrors", "LEGACY") == "LEGACY", "the value was kept"


@scenario("Pool", "Rotation and REFRESH_TOKEN_AUTH are mutually exclusive", "API_CreateUserPoolClient")
def rotation_and_refresh_token_auth_are_mutually_exclusive(pool: PoolFixture) -> None:
    options = {**rotating(10), "ExplicitAuthFlows": ["ALLOW_REFRESH_TOKEN_AUTH"]}
    refused(INVALID, lambda: pool.add_client(**options))


@scenario("Pool", "Requests that violate the model are refused", "botocore's model")
def requests_that_violate_the_model_are_refused(pool: PoolFixture) -> None:
    import boto3  # noqa: PLC0415 - used by this scenario only
    from botocore.config import Config  # noqa: PLC0415 - used by this scenario only

    loose: Any = boto3.client(  # pyright: ignore[reportUnknownMemberType] - only the stubs of one service are installed
        "cognito-idp",
        region_name="us-east-1",
        endpoint_url=pool.emulator.url,
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(parameter_validation=False),
    )
    refused(INVALID, lambda: loose.sign_up(ClientId=pool.client_id))
    refused(INVALID, lambda: loose.initiate_auth(ClientId=pool.client_id))


@scenario("Pool", "Enums and maxima of the model are enforced", "botocore's model")
def enums_and_maxima_of_the_model_are_enforced(pool: PoolFixture) -> None:
    for options in NONSENSE.values():
        refused(INVALID, lambda options=options: pool.add_client(**options))


@scenario("Pool", "UpdateUserPool resets omitted settings", "API_UpdateUserPool")
def updateuserpool_resets_omitted_settings(pool: PoolFixture) -> None:
    policy = {"PasswordPolicy": {"MinimumLength": 20}}
    pool.api.update_user_pool(UserPoolId=pool.pool_id, Policies=policy)
    pool.api.update_user_pool(UserPoolId=pool.pool_id)
    found = pool.api.describe_user_pool(UserPoolId=pool.pool_id)["UserPool"]["Policies"]["PasswordPolicy"]
    assert found["MinimumLength"] == 8
