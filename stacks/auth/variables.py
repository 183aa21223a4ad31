"""Terraform variables: settings that an operator changes per deployment, validated at plan.

Set values in ``environments/NAME.toml``, or for a trial with ``TF_VAR_user_pool_name=...``, ``cdktf deploy --var
user_pool_name=...`` or ``--var-file``. Limits are Cognito's own, from the API pages of CreateUserPool and
CreateUserPoolClient, but passwords have at least 8 characters. Terraform prints the rejected value itself, above the
message that says what is allowed.
"""

from collections.abc import Mapping
from typing import Any

from cdktf import TerraformVariable, TerraformVariableValidationConfig
from constructs import Construct

from stacks.variables import StackVariables

_NAME = r"^[\\w\\s+=,.@-]{1,128}$"
_HTTPS = r"https://[^/?#*\\s]+(/[^#*\\s]*)?"
_LOCALHOST = r"http://(localhost|127[.]0[.]0[.]1)(:[0-9]{1,5})?(/[^#*\\s]*)?"
# The schemes of apps, for example myapp://callback; not those that run a script in a browser.
_APP = r"[a-z][a-z0-9+.-]*:/?/?[^#*\\s]+"
_WEB_SCHEMES = r"(https?|ftp|javascript|data|file|blob|vbscript|about):"


class Variables(StackVariables):
    """The stack's Terraform variables, one attribute each; names and defaults are a contract with operators."""

    def __init__(
        self, stack: Construct, values: Mapping[str, Any] | None = None, *, is_development: bool = True
    ) -> None:
        """Declare the variables on ``stack`` itself, so that their Terraform names carry no hash.

        ``values`` replace defaults. Without ``is_development`` no URL may be on localhost, and the URLs and
        ``self_sign_up`` have no default. Raises ``ValueError`` for a value without a variable.
        """
        super().__init__(stack, values)
        self._is_development = is_development
        self.user_pool_name = self._name("user_pool_name", "auth", "Name of the user pool.")
        self.user_pool_client_name = self._name("user_pool_client_name", "auth-api", "Name of the API's client.")
        self.callback_urls = self._urls("callback_urls", "http://localhost:8000/oauth/callback", "after sign-in")
        self.logout_urls = self._urls("logout_urls", "http://localhost:8000/", "after sign-out")
        self.password_minimum_length = self._whole_number(
            "password_minimum_length", 8, (8, 99), "Shortest password, in characters."
        )
        self.access_token_validity = self._whole_number(
            "access_token_validity_minutes", 60, (5, 1440), "Life of an access token, in minutes."
        )
        self.id_token_validity = self._whole_number(
            "id_token_validity_minutes", 60, (5, 1440), "Life of an ID token, in minutes."
        )
        self.refresh_token_validity = self._whole_number(
            "refresh_token_validity_days", 30, (1, 3650), "Life of a refresh token, in days."
        )
        self.propagate_user_context = self._flag(
            "propagate_user_context",
            False,
            "Whether the API tells Cognito the user's IP address, for threat protection (PLUS tier).",
        )
        self.self_sign_up = self._flag(
            "self_sign_up",
            True if is_development else None,
            "Whether people may sign up by themselves; false shuts the door at once, and invitations go on.",
        )
        self.require_no_more()

    def _name(self, name: str, default: str, description: str) -> TerraformVariable:
        return self._variable(
            name,
            "string",
            default,
            description,
            f'can(regex("{_NAME}", var.{name}))',
            f"{name} must have 1 to 128 characters out of letters, digits, white space and _ + = , . @ -.",
        )

    def _flag(self, name: str, default: bool | None, description: str) -> TerraformVariable:
        condition = f"contains([true, false], var.{name})"
        return self._variable(name, "bool", default, description, condition, f"{name} must be true or false.")

    def _urls(self, name: str, default: str, when: str) -> TerraformVariable:
        allowed = [_HTTPS, *([_LOCALHOST] if self._is_development else [])]
        each = (
            f'length(url) <= 1024 && (can(regex("^({"|".join(allowed)})$", url)) || '
            f'(can(regex("^{_APP}$", url)) && !can(regex("^{_WEB_SCHEMES}", url))))'
        )
        local = ", http://localhost..., http://127.0.0.1..." if self._is_development else ""
        return self._variable(
            name,
            "list(string)",
            [default] if self._is_development else None,
            f"URLs that the hosted sign-in pages may send a browser to {when}.",
            f"length(var.{name}) >= 1 && length(var.{name}) <= 100 && alltrue([for url in var.{name} : {each}])",
            f"{name} must hold 1 to 100 URLs of at most 1024 characters, each https://...{local} or with the scheme of "
            "an app (myapp://...), without a fragment or a wildcard.",
        )

    def _whole_number(self, name: str, default: int, limits: tuple[int, int], description: str) -> TerraformVariable:
        lowest, highest = limits
        return self._variable(
            name,
            "number",
            default,
            description,
            f"var.{name} >= {lowest} && var.{name} <= {highest} && floor(var.{name}) == var.{name}",
            f"{name} must be a whole number from {lowest} to {highest}.",
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
