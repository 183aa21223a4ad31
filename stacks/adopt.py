"""``python -m stacks.adopt POOL_ID [CLIENT_ID]``: write the file that reproduces a living pool and client.

The AWS credentials need DescribeUserPool, GetUserPoolMfaConfig and DescribeUserPoolClient. Nothing is changed: the next
`make diff` shows what a deploy would change, and the guard refuses it until it is accepted.
"""

import argparse
import os
import sys
from typing import Any

import tomli_w
from pydantic import ValidationError

from stacks.adoption import client as clients
from stacks.adoption import pool as pools
from stacks.auth.props import AuthStackProps
from stacks.boto import client as client_of
from stacks.boto import exit_status
from stacks.environment_file import DEV, path_of
from stacks.props import explain
from stacks.terraform import DeployError

Json = dict[str, Any]


def described(pool_id: str, client_id: str | None) -> tuple[Json, Json, Json | None]:
    """Return pool, second factors and client, if one is named; raise ``DeployError`` if it has no secret."""
    cognito = client_of("cognito-idp", pool_id.partition("_")[0])
    pool = cognito.describe_user_pool(UserPoolId=pool_id)["UserPool"]
    factors = cognito.get_user_pool_mfa_config(UserPoolId=pool_id)
    if client_id is None:
        return pool, factors, None
    client = cognito.describe_user_pool_client(UserPoolId=pool_id, ClientId=client_id)["UserPoolClient"]
    if "ClientSecret" not in client:
        message = (
            f"The client {client_id} shows no secret. The API needs one, and Cognito cannot add it to a client "
            "that was created without; after a rotation it shows none either. Adopt another client, or leave the "
            "client out: the stack then creates one."
        )
        raise DeployError(message)
    return pool, factors, client


def environment_file(pool: Json, factors: Json, client: Json | None) -> Json:
    """Return the content of the file; raise ``ValidationError`` for a pool that the stack cannot describe."""
    user_pool = pools.arguments(pool, factors)
    adopt: Json = {"user_pool_id": pool["Id"]}
    variables: Json = pools.variables(pool)
    stack: Json = {"user_pool": user_pool}
    if client:
        adopt["client_id"] = client["ClientId"]
        variables |= clients.variables(client)
        passwordless = user_pool["sign_in"]["first_factors"] != ["PASSWORD"]
        stack["client"] = clients.arguments(client, passwordless=passwordless)
        stack["existing_identity_providers"] = clients.foreign_providers(client)
        stack["existing_scopes"] = clients.foreign_scopes(client)
    if url := _domain(pool):
        stack["existing_domain"] = url
    stack["adopt"] = adopt
    shown = AuthStackProps.model_validate(stack).model_dump(mode="json", exclude_defaults=True, exclude_none=True)
    if client and stack["client"]["rotation_grace_seconds"] == "off":
        shown["client"]["rotation_grace_seconds"] = "off"
    return {"variables": variables, "stack": shown}


def _domain(pool: Json) -> str | None:
    if pool.get("CustomDomain"):
        return f"https://{pool['CustomDomain']}"
    region = pool["Id"].partition("_")[0]
    return f"https://{pool['Domain']}.auth.{region}.amazoncognito.com" if pool.get("Domain") else None


def _write(given: argparse.Namespace) -> None:
    path = path_of(given.environment)
    if path.exists():
        message = f"{path} exists, and would be overwritten: move it away, or name another --environment."
        raise DeployError(message)
    try:
        document = tomli_w.dumps(environment_file(*described(given.user_pool_id, given.client_id)))
    except ValidationError as error:
        message = f"The stack cannot describe this pool: {explain(error)}"
        raise DeployError(message) from None
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"# Written by `python -m stacks.adopt`; docs/operations.md (Adopt an existing pool).\n{document}")
    sys.stdout.write(f"Wrote {path}. `ENVIRONMENT={given.environment} make diff` shows what a deploy would change.\n")


def main() -> int:
    """Write the file; return 1 with one message when that is not possible."""
    parser = argparse.ArgumentParser(prog="python -m stacks.adopt", allow_abbrev=False)
    parser.add_argument("user_pool_id")
    parser.add_argument("client_id", nargs="?", help="without it, the stack creates a client for the API")
    parser.add_argument("--environment", default=os.environ.get("ENVIRONMENT", DEV), help="name of the file to write")
    given = parser.parse_args()
    return exit_status(lambda: _write(given))


if __name__ == "__main__":
    sys.exit(main())
