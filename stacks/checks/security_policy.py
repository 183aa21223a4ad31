"""``make policy``: check the synthesized Terraform against security rules, by the names that auditors use.

The rules are those of AWS Security Hub (Cognito.1 to Cognito.6) and Prowler for user pools, two of RFC 9700, and a few
of this project. A *required* rule fails the run. An *advised* rule costs money or users; a violation is only reported,
on each run. ``POLICY_STRICT=1`` makes all rules required. checkov, trivy and tfsec have no rules for user pools.
"""

import json
import os
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Json = dict[str, Any]
_VARIABLE = re.compile(r"\$\{(?P<negation>!?)var\.(?P<name>\w+)\}")
_WEEK = 7
_PROWLERS_LENGTH = 14
_LEAST_LENGTH = 8


@dataclass(frozen=True)
class Rule:
    """A rule: its name, its requirement, the fix, and the check."""

    name: str
    asks: str
    fix: str
    required: bool
    holds: Callable[[Json], bool]


@dataclass(frozen=True)
class Finding:
    """A rule that a resource breaks."""

    rule: Rule
    address: str


def _policy(pool: Json) -> Json:
    return pool.get("password_policy", {})


def _value_of(value: object, variables: Json) -> object:
    """Resolve a Terraform variable; return any other value unchanged."""
    found = _VARIABLE.fullmatch(value) if isinstance(value, str) else None
    if not found:
        return value
    known = variables.get(found["name"])
    return not known if found["negation"] else known


def _environment_values(stack: Json) -> Json:
    """Return the values of the stack's variables from TF_VAR_... or their defaults."""
    given = {name: os.environ.get(f"TF_VAR_{name}") for name in stack.get("variable", {})}
    defaults: Json = {name: row.get("default") for name, row in stack.get("variable", {}).items()}
    return defaults | {name: _parsed(value) for name, value in given.items() if value is not None}


def _parsed(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _length(pool: Json) -> int:
    return int(_policy(pool).get("minimum_length") or 0)


def _sms_first(pool: Json) -> bool:
    mechanisms = pool.get("account_recovery_setting", {}).get("recovery_mechanism", [])
    first = min(mechanisms, key=lambda row: row["priority"], default={"name": "verified_phone_number"})
    return first["name"] == "verified_phone_number"


def _threat_mode(pool: Json) -> str:
    return pool.get("user_pool_add_ons", {}).get("advanced_security_mode", "OFF")


POOL = [
    Rule(
        "Cognito.6, user_pool_deletion_protection_enabled",
        "deletion protection is on",
        "leave USER_POOL_REMOVAL_POLICY unset",
        required=True,
        holds=lambda pool: pool.get("deletion_protection") == "ACTIVE",
    ),
    Rule(
        "Cognito.3",
        "passwords have 8 characters or more and every character class",
        "raise password_minimum_length; leave the require_... flags of PasswordPolicy on",
        required=True,
        holds=lambda pool: (
            _length(pool) >= _LEAST_LENGTH
            and all(_policy(pool).get(f"require_{kind}") for kind in ("lowercase", "uppercase", "numbers", "symbols"))
        ),
    ),
    Rule(
        "Cognito.3, user_pool_temporary_password_expiration",
        "temporary passwords are valid for a week at most",
        "lower temporary_password_validity_days",
        required=True,
        holds=lambda pool: 0 < _policy(pool).get("temporary_password_validity_days", 0) <= _WEEK,
    ),
    Rule(
        "Cognito.5",
        "second factors can be used",
        "set mfa.mode OPTIONAL or ON",
        required=True,
        holds=lambda pool: pool.get("mfa_configuration") in {"OPTIONAL", "ON"},
    ),
    Rule(
        "user_pool_account_recovery_sms_not_preferred",
        "SMS is not the first way to recover an account",
        "put verified_email first in recovery",
        required=True,
        holds=lambda pool: not _sms_first(pool),
    ),
    Rule(
        "attribute updates require verification",
        "a new email address takes effect only after its code is confirmed",
        "leave verify_attribute_updates on",
        required=True,
        holds=lambda pool: (
            "email"
            in pool.get("user_attribute_update_settings", {}).get("attributes_require_verification_before_update", [])
        ),
    ),
    Rule(
        "user_pool_password_policy_minimum_length_14",
        "passwords have 14 characters or more",
        "set TF_VAR_password_minimum_length=14",
        required=False,
        holds=lambda pool: _length(pool) >= _PROWLERS_LENGTH,
    ),
    Rule(
        "user_pool_mfa_enabled",
        "second factors are required for every user",
        "set mfa.mode ON",
        required=False,
        holds=lambda pool: pool.get("mfa_configuration") == "ON",
    ),
    Rule(
        "user_pool_self_registration_disabled",
        "users can sign up only by invitation",
        "set TF_VAR_self_sign_up=false, if the product invites its users",
        required=False,
        holds=lambda pool: pool.get("admin_create_user_config", {}).get("allow_admin_create_user_only") is True,
    ),
    Rule(
        "Cognito.1, user_pool_advanced_security_enabled",
        "threat protection is enforced",
        "set tier PLUS and threat_protection.mode ENFORCED",
        required=False,
        holds=lambda pool: _threat_mode(pool) == "ENFORCED",
    ),
    Rule(
        "Cognito.4",
        "threat protection of custom challenges is enforced",
        "set threat_protection.custom_auth_mode ENFORCED",
        required=False,
        holds=lambda pool: (
            "define_auth_challenge" not in pool.get("lambda_config", {})
            or pool.get("user_pool_add_ons", {}).get("advanced_security_additional_flows", {}).get("custom_auth_mode")
            == "ENFORCED"
        ),
    ),
]
CLIENT = [
    Rule(
        "user_pool_client_prevent_user_existence_errors",
        "Cognito does not reveal which accounts exist",
        "leave prevent_user_existence_errors ENABLED",
        required=True,
        holds=lambda client: client.get("prevent_user_existence_errors") == "ENABLED",
    ),
    Rule(
        "user_pool_client_token_revocation_enabled",
        "tokens can be revoked",
        "leave enable_token_revocation on",
        required=True,
        holds=lambda client: client.get("enable_token_revocation") is True,
    ),
    Rule(
        "no implicit grant (RFC 9700, section 2.1.2)",
        "tokens are never sent in a URL",
        "leave implicit out of allowed_oauth_flows",
        required=True,
        holds=lambda client: "implicit" not in client.get("allowed_oauth_flows", []),
    ),
    Rule(
        "write attributes by name",
        "an access token can write only listed attributes, and never email_verified",
        "list write_attributes",
        required=True,
        holds=lambda client: (
            client.get("write_attributes") is not None
            and not {"email_verified", "phone_number_verified"} & {*client["write_attributes"]}
        ),
    ),
    Rule(
        "refresh token rotation (RFC 9700, section 2.2.2)",
        "a copied refresh token becomes invalid after its next use",
        "leave rotation_grace_seconds set; it needs tier ESSENTIALS",
        required=False,
        holds=lambda client: [row["feature"] for row in client.get("refresh_token_rotation", [])] == ["ENABLED"],
    ),
]
RISK = [
    Rule(
        "user_pool_blocks_compromised_credentials_sign_in_attempts",
        "passwords known from leaks are blocked",
        "set threat_protection.compromised_credentials BLOCK",
        required=False,
        holds=lambda risk: (
            risk.get("compromised_credentials_risk_configuration", {}).get("actions", {}).get("event_action") == "BLOCK"
        ),
    ),
    Rule(
        "user_pool_blocks_potential_malicious_sign_in_attempts",
        "sign-ins at every risk level are blocked",
        "set low_risk, medium_risk and high_risk of threat_protection BLOCK",
        required=False,
        holds=lambda risk: (
            {
                level["event_action"]
                for level in risk.get("account_takeover_risk_configuration", {}).get("actions", {}).values()
            }
            == {"BLOCK"}
        ),
    ),
]
WEB_ACL = Rule(
    "user_pool_waf_acl_attached",
    "a web ACL is associated with the pool",
    "set web_acl_arn, or admitted_networks",
    required=False,
    holds=lambda stack: "aws_wafv2_web_acl_association" in stack.get("resource", {}),
)
SECRET = Rule(
    "secrets are sensitive outputs",
    "Terraform does not print secrets",
    "declare the output sensitive",
    required=True,
    holds=lambda output: bool(output.get("sensitive")),
)
GUARDED = Rule(
    "prevent_destroy",
    "a plan that would destroy the pool fails",
    "leave USER_POOL_REMOVAL_POLICY unset",
    required=True,
    holds=lambda pool: pool.get("lifecycle", {}).get("prevent_destroy") is True,
)
GUESTS = Rule(
    "Cognito.2, identity_pool_guest_access_disabled",
    "identity pools do not allow guest access",
    "set allow_unauthenticated_identities false",
    required=True,
    holds=lambda pool: pool.get("allow_unauthenticated_identities") is False,
)
RULES = {
    "aws_cognito_user_pool": [GUARDED, *POOL],
    "aws_cognito_user_pool_client": CLIENT,
    "aws_cognito_risk_configuration": RISK,
    "aws_cognito_identity_pool": [GUESTS],
}


def findings(stack: Json, variables: Json | None = None) -> Iterator[Finding]:
    """Yield each rule that a synthesized stack breaks; default of ``variables``: TF_VAR_... and the defaults."""
    values = _environment_values(stack) if variables is None else variables
    for kind, rules in RULES.items():
        for name, resource in stack.get("resource", {}).get(kind, {}).items():
            found = _resolved(resource, values)
            yield from (Finding(rule, f"{kind}.{name}") for rule in rules if not rule.holds(found))
    if "aws_cognito_user_pool" in stack.get("resource", {}) and not WEB_ACL.holds(stack):
        yield Finding(WEB_ACL, "aws_wafv2_web_acl_association")
    for name, output in stack.get("output", {}).items():
        if name.endswith("_secret") and not SECRET.holds(output):
            yield Finding(SECRET, f"output.{name}")


def _resolved(value: Any, variables: Json) -> Any:  # noqa: ANN401 - JSON of any type
    if isinstance(value, dict):
        return {name: _resolved(member, variables) for name, member in value.items()}  # pyright: ignore[reportUnknownVariableType] - as above
    return _value_of(value, variables)


def report(stack: Json, variables: Json | None = None) -> Iterator[tuple[bool, str]]:
    """Yield a line for each finding, and whether its rule is required; with POLICY_STRICT=1 every rule is."""
    strict = os.environ.get("POLICY_STRICT") == "1"
    for finding in findings(stack, variables):
        rule = finding.rule
        required = strict or rule.required
        word = "BROKEN " if required else "advised"
        yield required, f"{word}  {finding.address}: {rule.asks} [{rule.name}]; to fix it: {rule.fix}"


def main() -> int:
    """Check the stacks in cdktf.out, or in the given directory; return 1 if a required rule is broken."""
    directory = Path(sys.argv[1] if len(sys.argv) > 1 else "cdktf.out")
    files = sorted(directory.glob("stacks/*/cdk.tf.json"))
    if not files:
        sys.stderr.write(f"There is no synthesized stack in {directory}; run `make synth`.\n")
        return 1
    rows = [row for file in files for row in report(json.loads(file.read_text()))]
    sys.stdout.writelines(f"{line}\n" for _, line in rows)
    sys.stdout.write(f"{len(files)} stack(s) checked.\n")
    return int(any(required for required, _ in rows))


if __name__ == "__main__":
    sys.exit(main())
