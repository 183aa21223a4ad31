"""The task's policy is what the API itself asks for with the same settings."""

from typing import Any

import pytest

from api.cli.iam import policy
from stacks.auth.secret_store import SecretStore
from stacks.hosting.props import HostingProps
from stacks.hosting.task_policy import statements
from tests.conftest import GivenSettings
from tests.support.hosting import DEFAULT, LARGE

Json = dict[str, Any]
REGION = "us-east-1"
TABLE = "sign-in-state"
ARNS = {
    "secretsmanager": "arn:aws:secretsmanager:us-east-1:111122223333:secret:shop/client-secret-AbCdEf",
    "ssm": "arn:aws:ssm:us-east-1:111122223333:parameter/shop/client-secret",
}


def of_stack(props: HostingProps) -> Json:
    return {row["Sid"]: row for row in statements(props, partition="aws", region=REGION, table=TABLE)}


def of_api(props: HostingProps, secret_arn: str | None = None) -> Json:
    secret = {"cognito_client_secret_arn": secret_arn} if secret_arn else {"cognito_client_secret": "s" * 40}
    settings = GivenSettings.model_validate(
        {
            "cognito_user_pool_id": props.user_pool_id,
            "cognito_client_id": "client",
            "state_store": f"dynamodb://{TABLE}",
            **{name.lower(): value for name, value in props.settings.items()},
            **secret,
        }
    )
    return {row["Sid"]: row for row in policy(settings)["Statement"]}


def listed(row: Json) -> Json:
    return {name: value if isinstance(value, str) else sorted(value) for name, value in row.items()} | {
        "Action": sorted([row["Action"]] if isinstance(row["Action"], str) else row["Action"]),
        "Resource": sorted([row["Resource"]] if isinstance(row["Resource"], str) else row["Resource"]),
    }


@pytest.mark.parametrize("props", [DEFAULT, LARGE.model_copy(update={"client_secret_store": None})])
def test_statements_are_those_of_the_api(props: HostingProps) -> None:
    found, wanted = of_stack(props), of_api(props)
    assert {sid: listed(row) for sid, row in found.items()} == {sid: listed(row) for sid, row in wanted.items()}


@pytest.mark.parametrize("service", ["secretsmanager", "ssm"])
def test_client_secret_may_be_read_where_it_is_stored(service: str) -> None:
    name = "/shop/client-secret" if service == "ssm" else "shop/client-secret"
    store = SecretStore.model_validate({"service": service, "name": name})
    row = of_stack(DEFAULT.model_copy(update={"client_secret_store": store}))["ClientSecret"]
    wanted = of_api(DEFAULT, ARNS[service])["ClientSecret"]
    assert row["Action"] == wanted["Action"]
    (pattern,) = row["Resource"]
    # The stack knows neither the account nor the six characters that Secrets Manager adds.
    assert pattern.replace(":*:", ":111122223333:").replace("??????", "AbCdEf") == wanted["Resource"]
