"""Adoption of existing pools."""

import json
import re
from typing import Any

import pytest

from local.provision import cognito_client, provision
from tests.e2e.deployments import aws, make_function, outputs_of
from tests.e2e.scenarios import FUNCTION
from tests.e2e.terraform import TerraformWorkspace
from tests.support.api_client import Mailbox, complete_user_journey
from tests.support.servers import running_api

SETS = ("ExplicitAuthFlows", "SupportedIdentityProviders")
CLIENT = "aws_cognito_user_pool_client.user_pool_client"


def adopt(workshop: TerraformWorkspace, *names: str, check: bool = True) -> str:
    """Run the command of docs/operations.md."""
    endpoint = workshop.environment["E2E_ENDPOINT"]
    settings = {"AWS_ENDPOINT_URL": endpoint, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    return workshop.run("python", "-m", "stacks.adopt", *names, check=check, **settings)


def test_existing_pool_is_adopted_with_its_users(
    workshop: TerraformWorkspace, emulator_url: str, mailbox: Mailbox
) -> None:
    made = provision(emulator_url, workshop.directory / "by-hand.json")
    pool_id, client_id = (str(made[f"cognito_user_pool_{name}"]) for name in ("id", "client_id"))
    by_hand = {"STACK_OUTPUTS_FILE": str(workshop.directory / "by-hand.json"), "AWS_ENDPOINT_URL": emulator_url}
    with running_api(workshop.directory / "before.log", by_hand) as api_url:
        complete_user_journey(api_url, mailbox)
    cognito = cognito_client(emulator_url)
    users = {user.get("Username") for user in cognito.list_users(UserPoolId=pool_id)["Users"]}

    assert "Wrote environments/dev.toml" in adopt(workshop, pool_id, client_id)
    assert "exists, and would be overwritten" in adopt(workshop, pool_id, client_id, check=False)
    assert "loses no user" in workshop.make("guard")
    workshop.make("deploy", "--auto-approve", "--skip-provider-lock")
    outputs = outputs_of(workshop)
    assert (outputs["cognito_user_pool_id"], outputs["cognito_user_pool_client_id"]) == (pool_id, client_id)
    assert outputs["cognito_user_pool_client_secret"] == made["cognito_user_pool_client_secret"]
    assert {user.get("Username") for user in cognito.list_users(UserPoolId=pool_id)["Users"]} == users
    assert "No changes" in workshop.make("diff", "--skip-provider-lock")
    # The pool is now a normal deployment: the lock records the adoption, and `adopt` is optional.
    file = workshop.directory / "environments/dev.toml"
    file.write_text(file.read_text().partition("[stack.adopt]")[0])
    assert "No changes" in workshop.make("diff", "--skip-provider-lock")


@pytest.fixture
def old_pool(emulator_url: str) -> dict[str, str]:
    """A pool of another hand: user names, aliases, SES, a trigger, a provider, a domain, old flows, attributes."""
    make_function(emulator_url)
    cognito: Any = aws("cognito-idp", emulator_url)
    pool_id: str = cognito.create_user_pool(
        PoolName="people",
        AliasAttributes=["email"],
        AutoVerifiedAttributes=["email"],
        LambdaConfig={"PreSignUp": FUNCTION},
        EmailConfiguration={
            "EmailSendingAccount": "DEVELOPER",
            "SourceArn": "arn:aws:ses:us-east-1:000000000000:identity/example.com",
            "From": "People <people@example.com>",
        },
        Policies={
            "PasswordPolicy": {
                "MinimumLength": 10,
                "RequireLowercase": True,
                "RequireUppercase": True,
                "RequireNumbers": True,
                "RequireSymbols": False,
                "TemporaryPasswordValidityDays": 7,
            }
        },
        Schema=[
            # With limits: without any, provider 3.39.0 refuses every later change (its pull request 20386).
            {
                "Name": "plan",
                "AttributeDataType": "String",
                "Mutable": True,
                "StringAttributeConstraints": {"MinLength": "0", "MaxLength": "20"},
            },
            {"Name": "name", "AttributeDataType": "String", "Mutable": True, "Required": True},
        ],
        UserPoolTags={"owner": "people"},
    )["UserPool"]["Id"]
    details = {"client_id": "google", "client_secret": "x", "authorize_scopes": "openid"}
    cognito.create_identity_provider(
        UserPoolId=pool_id, ProviderName="Google", ProviderType="Google", ProviderDetails=details, AttributeMapping={}
    )
    cognito.create_user_pool_domain(UserPoolId=pool_id, Domain=f"people-{pool_id[-6:].lower()}")
    client = cognito.create_user_pool_client(
        UserPoolId=pool_id,
        ClientName="web",
        GenerateSecret=True,
        ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
        SupportedIdentityProviders=["COGNITO", "Google"],
        RefreshTokenValidity=12,
        TokenValidityUnits={"AccessToken": "hours", "IdToken": "hours", "RefreshToken": "hours"},
    )["UserPoolClient"]
    return {"pool": pool_id, "client": client["ClientId"]}


def test_pool_of_another_hand_is_adopted_unchanged(
    workshop: TerraformWorkspace, emulator_url: str, old_pool: dict[str, str]
) -> None:
    cognito: Any = aws("cognito-idp", emulator_url)
    ids = {"UserPoolId": old_pool["pool"]}

    def living() -> list[dict[str, Any]]:
        client = cognito.describe_user_pool_client(**ids, ClientId=old_pool["client"])["UserPoolClient"]
        return [
            # Terraform sends sets in an order of its own.
            {name: sorted(value) if name in SETS else value for name, value in found.items()}
            | {"LastModifiedDate": None}
            for found in (cognito.describe_user_pool(**ids)["UserPool"], client)
        ]

    before = living()
    adopt(workshop, old_pool["pool"], old_pool["client"])
    # What the API needs and the client lacks is asked for; nothing else would change.
    refused = workshop.make("deploy", "--auto-approve", check=False)
    (line,) = re.findall("REFUSED .*", refused)
    assert (
        f'{CLIENT} would be changed by the adoption: prevent_user_existence_errors from "LEGACY" to "ENABLED"' in line
    )
    assert living() == before
    workshop.make("deploy", "--auto-approve", GUARD_ACCEPT=CLIENT)
    pool, client = living()
    assert pool == before[0]
    assert {**client, "PreventUserExistenceErrors": "LEGACY"} == before[1]
    assert "No changes" in workshop.make("diff")
    _add_attribute(workshop)
    workshop.make("deploy", "--auto-approve")
    assert "custom:seats" in {row["Name"] for row in living()[0]["SchemaAttributes"]}
    lock = json.loads((workshop.directory / "locks/auth.json").read_text())
    assert lock["schema"].keys() == {"name", "plan", "seats"}
    assert "No changes" in workshop.make("diff")


def _add_attribute(workshop: TerraformWorkspace) -> None:
    file = workshop.directory / "environments/dev.toml"
    text, old = file.read_text(), '{ name = "plan", minimum = 0, maximum = 20 },'
    assert old in text
    file.write_text(text.replace(old, f'{old} {{ name = "seats", type = "Number" }},'))


def test_client_without_secret_is_not_adopted(
    workshop: TerraformWorkspace, emulator_url: str, old_pool: dict[str, str]
) -> None:
    cognito: Any = aws("cognito-idp", emulator_url)
    client = cognito.create_user_pool_client(UserPoolId=old_pool["pool"], ClientName="spa")["UserPoolClient"]
    refused = adopt(workshop, old_pool["pool"], client["ClientId"], check=False)
    assert f"The client {client['ClientId']} shows no secret. The API needs one" in refused
    assert not (workshop.directory / "environments").exists()
