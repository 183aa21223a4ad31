"""Policy of synthesized stacks: the scenarios satisfy the required rules, and each weakening breaks its rule."""

import copy
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from stacks.checks.security_policy import CLIENT, GUARDED, GUESTS, POOL, RISK, SECRET, WEB_ACL, findings
from tests.support.servers import ROOT, environment
from tests.support.stacks import EVERYTHING, SCENARIOS, synthesize

Json = dict[str, Any]
RULES = [*POOL, *CLIENT, *RISK, SECRET, GUARDED, GUESTS, WEB_ACL]


@pytest.fixture(scope="module")
def stack() -> Json:
    return synthesize(EVERYTHING)


@pytest.mark.parametrize("scenario", [name for name in SCENARIOS if name not in {"auth_destroyable", "auth_lite"}])
def test_stacks_satisfy_every_required_rule(scenario: str) -> None:
    broken = [finding for finding in findings(synthesize(SCENARIOS[scenario])) if finding.rule.required]
    assert broken == []


def test_destroyable_stack_breaks_deletion_rules() -> None:
    found = {row.rule.name for row in findings(synthesize(SCENARIOS["auth_destroyable"])) if row.rule.required}
    assert found == {"prevent_destroy", "Cognito.6, user_pool_deletion_protection_enabled"}


def pool_of(stack: Json) -> Json:
    return stack["resource"]["aws_cognito_user_pool"]["user_pool"]


def client_of(stack: Json) -> Json:
    return stack["resource"]["aws_cognito_user_pool_client"]["user_pool_client"]


WEAKENINGS: list[tuple[str, Callable[[Json], object]]] = [
    ("Cognito.6, user_pool_deletion_protection_enabled", lambda s: pool_of(s).update(deletion_protection="INACTIVE")),
    ("prevent_destroy", lambda s: pool_of(s).update(lifecycle={"prevent_destroy": False})),
    ("Cognito.3", lambda s: pool_of(s)["password_policy"].update(minimum_length=7)),
    ("Cognito.3", lambda s: pool_of(s)["password_policy"].update(require_symbols=False)),
    (
        "Cognito.3, user_pool_temporary_password_expiration",
        lambda s: pool_of(s)["password_policy"].update(temporary_password_validity_days=8),
    ),
    ("Cognito.5", lambda s: pool_of(s).update(mfa_configuration="OFF")),
    (
        "user_pool_account_recovery_sms_not_preferred",
        lambda s: pool_of(s).update(
            account_recovery_setting={"recovery_mechanism": [{"name": "verified_phone_number", "priority": 1}]}
        ),
    ),
    ("user_pool_account_recovery_sms_not_preferred", lambda s: pool_of(s).pop("account_recovery_setting")),
    ("attribute updates require verification", lambda s: pool_of(s).pop("user_attribute_update_settings")),
    (
        "Cognito.1, user_pool_advanced_security_enabled",
        lambda s: pool_of(s)["user_pool_add_ons"].update(advanced_security_mode="AUDIT"),
    ),
    (
        "Cognito.4",
        lambda s: pool_of(s)["user_pool_add_ons"].update(
            advanced_security_additional_flows={"custom_auth_mode": "AUDIT"}
        ),
    ),
    (
        "user_pool_client_prevent_user_existence_errors",
        lambda s: client_of(s).update(prevent_user_existence_errors="LEGACY"),
    ),
    ("user_pool_client_token_revocation_enabled", lambda s: client_of(s).update(enable_token_revocation=False)),
    ("no implicit grant (RFC 9700, section 2.1.2)", lambda s: client_of(s).update(allowed_oauth_flows=["implicit"])),
    ("write attributes by name", lambda s: client_of(s).pop("write_attributes")),
    ("write attributes by name", lambda s: client_of(s).update(write_attributes=["email_verified"])),
    ("refresh token rotation (RFC 9700, section 2.2.2)", lambda s: client_of(s).pop("refresh_token_rotation")),
    ("secrets are sensitive outputs", lambda s: s["output"]["client_billing_secret"].update(sensitive=False)),
    ("user_pool_waf_acl_attached", lambda s: s["resource"].pop("aws_wafv2_web_acl_association")),
    (
        "user_pool_blocks_compromised_credentials_sign_in_attempts",
        lambda s: s["resource"]["aws_cognito_risk_configuration"]["risk_configuration"].pop(
            "compromised_credentials_risk_configuration"
        ),
    ),
    (
        "Cognito.2, identity_pool_guest_access_disabled",
        lambda s: s["resource"].update(
            aws_cognito_identity_pool={"guests": {"allow_unauthenticated_identities": True}}
        ),
    ),
]


@pytest.mark.parametrize(("name", "weaken"), WEAKENINGS)
def test_weakened_stack_breaks_named_rule(stack: Json, name: str, weaken: Callable[[Json], object]) -> None:
    before = {finding.rule.name for finding in findings(stack)}
    weakened = copy.deepcopy(stack)
    weaken(weakened)
    assert {finding.rule.name for finding in findings(weakened)} - before == {name}


def test_every_rule_has_failing_case(stack: Json) -> None:
    seen = {name for name, _ in WEAKENINGS} | {finding.rule.name for finding in findings(stack)}
    assert {rule.name for rule in RULES} - seen == set()


@pytest.mark.parametrize(("strict", "code"), [("", 0), ("1", 1)])
def test_command_checks_synthesized_stack(tmp_path: Path, strict: str, code: int) -> None:
    directory = tmp_path / "stacks/auth"
    directory.mkdir(parents=True)
    (directory / "cdk.tf.json").write_text(json.dumps(synthesize()))
    command = [sys.executable, "-m", "stacks.checks.security_policy", str(tmp_path)]
    settings = environment(POLICY_STRICT=strict, PATH=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    done = subprocess.run(command, cwd=ROOT, env=settings, capture_output=True, text=True, check=False)
    assert done.returncode == code
    assert "user_pool_mfa_enabled" in done.stdout
    assert "to fix it:" in done.stdout
    nothing = subprocess.run(
        [*command[:-1], str(tmp_path / "none")], cwd=ROOT, env=settings, capture_output=True, text=True, check=False
    )
    assert (nothing.returncode, "run `make synth`" in nothing.stderr) == (1, True)


def test_tf_var_values_satisfy_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    stack = synthesize()
    before = {finding.rule.name for finding in findings(stack)}
    monkeypatch.setenv("TF_VAR_password_minimum_length", "14")
    monkeypatch.setenv("TF_VAR_self_sign_up", "false")
    after = {finding.rule.name for finding in findings(stack)}
    assert before - after == {"user_pool_password_policy_minimum_length_14", "user_pool_self_registration_disabled"}
