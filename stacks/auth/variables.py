"""Terraform variables: settings that an operator changes per deployment, validated at plan.

Set values with ``TF_VAR_user_pool_name=...``, ``cdktf deploy --var user_pool_name=...`` or ``--var-file``. Limits are
Cognito's own, from the API pages of CreateUserPool and CreateUserPoolClient, but passwords have at least 8 characters.
Terraform prints the rejected value itself, above the message that says what is allowed.
"""

from typing import Any

from cdktf import TerraformVariable, TerraformVariableValidationConfig
from constructs import Construct

_NAME = r"^[\\w\\s+=,.@-]{1,128}$"
_URL = r"^(https://[^/?#*\\s]+|http://(localhost|127[.]0[.]0[.]1)(:[0-9]{1,5})?)(/[^#*\\s]*)?$"


class Variables(Construct):
    """The stack's Terraform variables, one attribute each; names and defaults are a contract with operators."""

    def __init__(self, stack: Construct) -> None:
        """Declare the variables on ``stack`` itself, so that their Terraform names carry no hash."""
        super().__init__(stack, "variables")
        self.aws_region = _variable(
            stack,
            "aws_region",
            "string",
            "us-east-1",
            "AWS region of the user pool, for example eu-central-1.",
            r'can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]+$", var.aws_region))',
            "aws_region must be an AWS region code such as us-east-1 or eu-central-1.",
        )
        self.user_pool_name = _name(stack, "user_pool_name", "auth", "Name of the user pool.")
        self.user_pool_client_name = _name(stack, "user_pool_client_name", "auth-api", "Name of the API's client.")
        self.callback_urls = _urls(stack, "callback_urls", "http://localhost:8000/oauth/callback", "after sign-in")
        self.logout_urls = _urls(stack, "logout_urls", "http://localhost:8000/", "after sign-out")
        self.password_minimum_length = _whole_number(
            stack, "password_minimum_length", 8, (8, 99), "Shortest password, in characters."
        )
        self.access_token_validity = _whole_number(
            stack, "access_token_validity_minutes", 60, (5, 1440), "Life of an access token, in minutes."
        )
        self.id_token_validity = _whole_number(
            stack, "id_token_validity_minutes", 60, (5, 1440), "Life of an ID token, in minutes."
        )
        self.refresh_token_validity = _whole_number(
            stack, "refresh_token_validity_days", 30, (1, 3650), "Life of a refresh token, in days."
        )
        self.propagate_user_context = _variable(
            stack,
            "propagate_user_context",
            "bool",
            False,
            "Whether the API tells Cognito the user's IP address, for threat protection (PLUS tier).",
            "contains([true, false], var.propagate_user_context)",
            "propagate_user_context must be true or false.",
        )
        self.self_sign_up = _variable(
            stack,
            "self_sign_up",
            "bool",
            True,
            "Whether people may sign up by themselves; false shuts the door at once, and invitations go on.",
            "contains([true, false], var.self_sign_up)",
            "self_sign_up must be true or false.",
        )
        self.tags = _variable(
            stack,
            "tags",
            "map(string)",
            {},
            "AWS tags put on every resource that takes them.",
            "length(var.tags) <= 50",
            "tags holds more than the 50 tags that AWS allows on a resource.",
        )


def declare_provider_secrets(stack: Construct, names: list[str]) -> None:
    """Declare the sensitive variable for identity provider secrets; it must contain one for each of ``names``."""
    if not names:
        return
    needed = ", ".join(f'"{name}"' for name in names)
    variable = TerraformVariable(
        stack,
        "var_identity_provider_secrets",
        type="map(string)",
        description="Client secrets (Apple: the private key) by the identity provider's name.",
        nullable=False,
        sensitive=True,
        validation=[
            TerraformVariableValidationConfig(
                condition=f"${{length(setsubtract([{needed}], keys(var.identity_provider_secrets))) == 0}}",
                error_message=f"identity_provider_secrets must hold the secret of each of: {', '.join(names)}.",
            ),
        ],
    )
    variable.override_logical_id("identity_provider_secrets")


def _variable(
    stack: Construct,
    name: str,
    type_: str,
    default: Any,  # noqa: ANN401 - a Terraform value of any type
    description: str,
    condition: str,
    error_message: str,
) -> TerraformVariable:
    # The prefix avoids a clash with an output of the same name: outputs use their names as ids (`outputs.py`).
    variable = TerraformVariable(
        stack,
        f"var_{name}",
        type=type_,
        default=default,
        description=description,
        nullable=False,
        validation=[
            TerraformVariableValidationConfig(condition=f"${{{condition}}}", error_message=error_message),
        ],
    )
    variable.override_logical_id(name)
    return variable


def _name(stack: Construct, name: str, default: str, description: str) -> TerraformVariable:
    return _variable(
        stack,
        name,
        "string",
        default,
        description,
        f'can(regex("{_NAME}", var.{name}))',
        f"{name} must have 1 to 128 characters out of letters, digits, white space and _ + = , . @ -.",
    )


def _urls(stack: Construct, name: str, default: str, when: str) -> TerraformVariable:
    each_fits = f'alltrue([for url in var.{name} : length(url) <= 1024 && can(regex("{_URL}", url))])'
    return _variable(
        stack,
        name,
        "list(string)",
        [default],
        f"URLs that the hosted sign-in pages may send a browser to {when}.",
        f"length(var.{name}) >= 1 && length(var.{name}) <= 100 && {each_fits}",
        f"{name} must hold 1 to 100 URLs of at most 1024 characters, each https://..., http://localhost... "
        "or http://127.0.0.1..., without a fragment or a wildcard.",
    )


def _whole_number(
    stack: Construct, name: str, default: int, limits: tuple[int, int], description: str
) -> TerraformVariable:
    lowest, highest = limits
    return _variable(
        stack,
        name,
        "number",
        default,
        description,
        f"var.{name} >= {lowest} && var.{name} <= {highest} && floor(var.{name}) == var.{name}",
        f"{name} must be a whole number from {lowest} to {highest}.",
    )
