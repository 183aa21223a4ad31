import errno
import json
import logging
import os
import re
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from api.config.settings import Settings
from api.errors import ConfigurationError
from tests.support.servers import ROOT

STACK = {
    "cognito_user_pool_id": "eu-west-1_AbC123",
    "cognito_user_pool_client_id": "client1",
    "cognito_user_pool_client_secret": "canary-secret",
    "cognito_issuer": "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbC123",
    "aws_region": "eu-west-1",
}


@pytest.fixture
def outputs_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "outputs.json"
    write(path, STACK)
    return path


def write(path: Path, stack: dict[str, Any]) -> None:
    path.write_text(json.dumps({"auth": stack}))
    path.chmod(0o600)


class TestSources:
    @pytest.mark.parametrize("placeholder", ["<sensitive>", "(sensitive value)", " <sensitive>\n"])
    @pytest.mark.parametrize("variable", ["", "COGNITO_CLIENT_SECRET"])
    def test_placeholder_of_terraform_is_not_a_secret(
        self, outputs_file: Path, monkeypatch: pytest.MonkeyPatch, placeholder: str, variable: str
    ) -> None:
        if variable:
            monkeypatch.setenv(variable, placeholder)
        else:
            write(outputs_file, {**STACK, "cognito_user_pool_client_secret": placeholder})
        settings = Settings.load()
        with pytest.raises(ConfigurationError, match="`terraform output -json` prints the value"):
            _ = settings.stack_outputs

    @pytest.mark.parametrize(
        ("variable", "value"),
        [
            ("COGNITO_CLIENT_SECRET", '"<sensitive>"'),
            ("COGNITO_CLIENT_SECRET", '"a-secret-in-quotation-marks"'),
            ("COGNITO_CLIENT_SECRET", "(known after apply)"),
            ("COGNITO_CLIENT_SECRET", "${CLIENT_SECRET}"),
            ("COGNITO_CLIENT_SECRET", "{{ client_secret }}"),
            ("COGNITO_CLIENT_SECRET", "***"),
            ("COGNITO_CLIENT_SECRET", "null"),
            ("COGNITO_CLIENT_SECRET", "op://vault/item/field"),
            ("COGNITO_CLIENT_ID", "None"),
            ("SEALING_KEYS", "changemechangemechangemechangeme"),
            ("SEALING_KEYS", "<openssl rand -hex 32 output here>"),
            ("SEALING_KEYS", "*" * 36),
            ("METRICS_TOKEN", "(sensitive value)"),
            ("METRICS_TOKEN", "${METRICS_TOKEN_VALUE}"),
            ("STATE_STORE", "redis://:<sensitive>@redis:6379"),
            ("RATE_LIMIT_STORAGE", "redis://:***@redis:6379"),
            ("STATE_STORE", "dynamodb://${TABLE}"),
            ("STATE_STORE", "redis://:changeme@redis:6379"),
            ("SEALING_KEYS", "changeme-changeme-changeme-changeme"),
            ("COGNITO_CLIENT_SECRET", "$CLIENT_SECRET"),
        ],
    )
    def test_a20_placeholder_ends_the_start_with_its_field(
        self, outputs_file: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str
    ) -> None:
        monkeypatch.setenv("STACK_OUTPUTS_FILE", str(outputs_file))
        monkeypatch.setenv(variable, value)
        with pytest.raises(ConfigurationError, match="placeholder") as caught:
            _ = Settings.load().stack_outputs
        name = {"COGNITO_CLIENT_SECRET": "", "COGNITO_CLIENT_ID": ""}.get(variable, variable)
        assert name in str(caught.value)
        assert value.strip('"') not in str(caught.value)

    @pytest.mark.parametrize(
        ("variable", "value"),
        [("RATE_LIMIT_STORAGE", "rediss://:Ab<xYz>9-a***b@redis:6379"), ("ADMIN_GROUP", "none")],
    )
    def test_a20_unusual_value_is_no_placeholder(
        self, outputs_file: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str
    ) -> None:
        monkeypatch.setenv("STACK_OUTPUTS_FILE", str(outputs_file))
        monkeypatch.setenv(variable, value)
        assert Settings.load().stack_outputs

    def test_a20_secret_with_a_line_end_is_read(self, outputs_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("STACK_OUTPUTS_FILE", str(outputs_file))
        monkeypatch.setenv("COGNITO_CLIENT_SECRET", "a-secret\n")
        monkeypatch.setenv("NOTICES_FROM", "Shop <no-reply@shop.example>")
        secret = Settings.load().stack_outputs.cognito_user_pool_client_secret
        assert secret
        assert secret.get_secret_value() == "a-secret"

    @pytest.mark.usefixtures("outputs_file")
    def test_outputs_file_in_working_directory_is_enough(self, caplog: pytest.LogCaptureFixture) -> None:
        settings = Settings.load()
        stack = settings.stack_outputs
        assert stack.cognito_user_pool_client_secret
        assert stack.cognito_user_pool_client_secret.get_secret_value() == "canary-secret"
        assert settings.endpoint == "https://cognito-idp.eu-west-1.amazonaws.com"
        assert settings.jwks_url == f"{STACK['cognito_issuer']}/.well-known/jwks.json"
        assert "canary-secret" not in repr(settings) + repr(stack) + caplog.text
        assert not caplog.records

    def test_environment_overrides_file(self, outputs_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("STACK_OUTPUTS_FILE", str(outputs_file))
        monkeypatch.setenv("COGNITO_CLIENT_ID", "client2")
        monkeypatch.setenv("COGNITO_CLIENT_SECRET", "secret2")
        stack = Settings.load().stack_outputs
        assert stack.cognito_user_pool_id == STACK["cognito_user_pool_id"]
        assert stack.cognito_user_pool_client_id == "client2"
        assert stack.cognito_user_pool_client_secret
        assert stack.cognito_user_pool_client_secret.get_secret_value() == "secret2"

    @pytest.mark.usefixtures("outputs_file")
    def test_other_pool_ignores_issuer_of_file(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("COGNITO_USER_POOL_ID", "us-east-1_Other")
        settings = Settings.load()
        assert settings.issuer == "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Other"
        assert settings.endpoint == "https://cognito-idp.us-east-1.amazonaws.com"
        assert settings.stack_outputs.cognito_user_pool_client_id == "client1"

    def test_arguments_override_environment(self, outputs_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("COGNITO_CLIENT_ID", "client2")
        settings = Settings(stack_outputs_file=outputs_file, cognito_client_id="client3")
        assert settings.stack_outputs.cognito_user_pool_client_id == "client3"

    def test_environment_alone_is_enough(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("COGNITO_USER_POOL_ID", "cn-north-1_AbC")
        monkeypatch.setenv("COGNITO_CLIENT_ID", "client2")
        monkeypatch.setenv("COGNITO_CLIENT_SECRET", "secret2")
        monkeypatch.setenv("STACK_NAME", "")
        settings = Settings.load()
        assert settings.endpoint == "https://cognito-idp.cn-north-1.amazonaws.com.cn"
        assert settings.issuer == "https://cognito-idp.cn-north-1.amazonaws.com.cn/cn-north-1_AbC"

    def test_inline_json_is_accepted(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("STACK_OUTPUTS_JSON", json.dumps({"auth": STACK}))
        assert Settings.load().stack_outputs.aws_region == "eu-west-1"


class TestOutputsFile:
    @pytest.mark.parametrize("mode", [0o640, 0o604, 0o644])
    def test_file_readable_by_others_logs_warning(
        self, outputs_file: Path, mode: int, caplog: pytest.LogCaptureFixture
    ) -> None:
        outputs_file.chmod(mode)
        with caplog.at_level(logging.WARNING, "api"):
            assert Settings.load().stack_outputs
        assert "chmod 600" in caplog.text
        assert "canary-secret" not in caplog.text

    @pytest.mark.parametrize("missing", ["cognito_user_pool_id", "cognito_user_pool_client_secret"])
    def test_missing_output_names_command(self, outputs_file: Path, missing: str) -> None:
        write(outputs_file, {name: value for name, value in STACK.items() if name != missing})
        with pytest.raises(ConfigurationError, match=f"lacks {missing}") as caught:
            _ = Settings.load().stack_outputs
        assert "outputs.json" in str(caught.value)
        assert "--outputs-file-include-sensitive-outputs" in str(caught.value)

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("cognito_user_pool_id", "no-underscore"),
            ("cognito_user_pool_id", 7),
            ("cognito_user_pool_client_id", "${aws_cognito_user_pool_client.x.id}"),
            ("cognito_user_pool_client_secret", ""),
            ("cognito_issuer", "cognito"),
        ],
    )
    def test_invalid_output_is_named(self, outputs_file: Path, name: str, value: object) -> None:
        write(outputs_file, {**STACK, name: value})
        with pytest.raises(ConfigurationError, match=f"has invalid values .*{name}"):
            _ = Settings.load().stack_outputs

    def test_directory_or_huge_file_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigurationError, match="Is a directory"):
            _ = Settings(stack_outputs_file=tmp_path).stack_outputs
        huge = tmp_path / "huge.json"
        os.truncate(os.open(huge, os.O_CREAT | os.O_WRONLY), 2**21)
        with pytest.raises(ConfigurationError, match="larger than 1 MiB"):
            _ = Settings(stack_outputs_file=huge).stack_outputs

    def test_unreadable_file_is_refused(self, outputs_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        # Root can read every file, so the error is injected.
        monkeypatch.setattr(Path, "open", mock.Mock(side_effect=PermissionError(errno.EACCES, "Permission denied")))
        with pytest.raises(ConfigurationError, match="cannot be read: Permission denied"):
            _ = Settings(stack_outputs_file=outputs_file).stack_outputs


class TestEndpoints:
    @pytest.mark.usefixtures("outputs_file")
    def test_endpoint_url_setting_keeps_issuer(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
        monkeypatch.setenv("AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", "http://127.0.0.1:4566/")
        settings = Settings.load()
        assert settings.endpoint == "http://127.0.0.1:4566"
        assert settings.jwks_url == "http://127.0.0.1:4566/eu-west-1_AbC123/.well-known/jwks.json"
        assert settings.issuer == STACK["cognito_issuer"]

    def test_fips_setting_selects_fips_endpoint(self, outputs_file: Path) -> None:
        write(outputs_file, {**STACK, "cognito_user_pool_id": "us-east-1_A", "aws_region": "us-east-1"})
        settings = Settings(stack_outputs_file=outputs_file, aws_use_fips_endpoint=True)
        assert settings.endpoint == "https://cognito-idp-fips.us-east-1.amazonaws.com"

    @pytest.mark.usefixtures("outputs_file")
    def test_region_not_matching_pool_is_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AWS_REGION", "us-east-1")
        with pytest.raises(ConfigurationError, match="'us-east-1' does not match"):
            _ = Settings.load().stack_outputs

    def test_region_without_endpoint_is_refused(self) -> None:
        settings = Settings.model_validate(
            {
                "cognito_user_pool_id": "local_AbC",
                "cognito_client_id": "c",
                "cognito_client_secret": "s",
                "aws_region": "not.a.region",
            }
        )
        with pytest.raises(ConfigurationError):
            _ = settings.endpoint


class TestValues:
    @pytest.mark.parametrize(
        ("name", "value"), [("UPSTREAM_DEADLINE", "soon"), ("UPSTREAM_DEADLINE", "60"), ("LOG_LEVEL", "loud")]
    )
    def test_invalid_setting_is_named(self, monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
        monkeypatch.setenv(name, value)
        with pytest.raises(ConfigurationError, match=f"^{name}: Input should be"):
            Settings.load()

    def test_trusted_proxies_are_parsed_as_networks(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("TRUSTED_PROXIES", "10.0.0.0/8, fd00::/8,192.0.2.7")
        assert [str(network) for network in Settings.load().trusted_proxies] == [
            "10.0.0.0/8",
            "fd00::/8",
            "192.0.2.7/32",
        ]
        monkeypatch.setenv("TRUSTED_PROXIES", "everybody")
        with pytest.raises(ConfigurationError, match="TRUSTED_PROXIES"):
            Settings.load()

    @pytest.mark.usefixtures("outputs_file")
    def test_oauth_urls_are_kept_verbatim(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Cognito compares these URLs as strings with those of the app client."""
        monkeypatch.setenv("OAUTH_DOMAIN", "https://auth.example.com")
        monkeypatch.setenv("OAUTH_CALLBACK_URL", "https://api.example.com/oauth/callback")
        monkeypatch.setenv("OAUTH_LOGOUT_URL", "https://app.example.com")
        oauth = Settings.load().oauth
        assert oauth is not None
        assert (oauth.callback_url, oauth.logout_url) == (
            "https://api.example.com/oauth/callback",
            "https://app.example.com",
        )
        monkeypatch.setenv("OAUTH_LOGOUT_URL", "nonsense")
        with pytest.raises(ConfigurationError, match="OAUTH_LOGOUT_URL"):
            Settings.load()


def test_settings_document_lists_every_setting() -> None:
    table = (ROOT / "docs/settings.md").read_text().partition("|---|")[2].partition("\n\n")[0]
    named = {name for row in table.splitlines()[1:] for name in re.findall(r"`([A-Z_]+)`", row.split("|")[1])}
    assert named == {name.upper() for name in Settings.model_fields}


@pytest.mark.parametrize(("value", "expected"), [("on", True), ("true", True), ("off", False), ("false", False)])
def test_switch_accepts_both_spellings(monkeypatch: pytest.MonkeyPatch, value: str, *, expected: bool) -> None:
    monkeypatch.setenv("COOKIE_SESSIONS", value)
    monkeypatch.setenv("VERIFY_REQUIRES_PASSWORD", value)
    settings = Settings.load()
    assert (settings.cookie_sessions, settings.verify_requires_password) == (expected, expected)


def test_switch_with_other_value_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("METRICS", "maybe")
    with pytest.raises(ConfigurationError, match=r"^METRICS: .*must be on or off \(true and false are accepted too\)"):
        Settings.load()


@pytest.mark.parametrize(("old", "new"), [("REVOCATION_STORE", "STATE_STORE"), ("REVOCATION_FAILURE", "STATE_FAILURE")])
def test_former_name_of_setting_is_refused(monkeypatch: pytest.MonkeyPatch, old: str, new: str) -> None:
    monkeypatch.setenv(old, "memory://")
    with pytest.raises(ConfigurationError, match=f"^{old} is now {new}; set that in its place"):
        Settings.load()


@pytest.mark.usefixtures("outputs_file")
def test_hosted_pages_require_scope_of_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OAUTH_DOMAIN", "https://auth.example.com")
    monkeypatch.setenv("OAUTH_CALLBACK_URL", "https://api.example.com/oauth/callback")
    monkeypatch.setenv("OAUTH_LOGOUT_URL", "https://app.example.com")
    monkeypatch.setenv("OAUTH_SCOPES", "openid profile")
    with pytest.raises(ConfigurationError, match="OAUTH_SCOPES = 'openid profile' lacks email"):
        _ = Settings.load().oauth
