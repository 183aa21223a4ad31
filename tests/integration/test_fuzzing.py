"""schemathesis against the running API: no 5xx, and no response that the OpenAPI document does not describe."""

import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import httpx
import pytest

from tests.support.api_client import Account, Mailbox
from tests.support.pools import create_passwordless_pool
from tests.support.servers import ROOT, environment, running_api


@pytest.fixture
def api_url(emulator_url: str, tmp_path: Path) -> Generator[str]:
    """API with every feature that works without AWS: schemathesis counts 501 as a server error."""
    create_passwordless_pool(emulator_url, tmp_path / "outputs.json")
    settings = {
        "STACK_OUTPUTS_FILE": str(tmp_path / "outputs.json"),
        "AWS_ENDPOINT_URL": emulator_url,
        "ADMIN_GROUP": "administrators",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "COOKIE_SESSIONS": "on",
        "OAUTH_DOMAIN": emulator_url,
        "OAUTH_CALLBACK_URL": "https://api.example.com/oauth/callback",
        "OAUTH_LOGOUT_URL": "https://app.example.com/",
    }
    with running_api(tmp_path / "log", settings) as url:
        yield url


@pytest.fixture
def token(api_url: str, mailbox: Mailbox) -> str:
    """The access token of a new user."""
    with httpx.Client(base_url=api_url) as api:
        account = Account.new(api)
        account.sign_up()
        account.verify(mailbox.code_for(account.email))
        return str(account.log_in().json()["access_token"])


# Routes of the user's account, except those that end the session and those that the local Cognito does not implement
# (devices, sessions, codes by SMS): schemathesis counts 501 as a server error.
LEFT_OUT = "delete_me|end_session|list_devices|list_sessions|forget_device|export_me|set_second_factors"
OWN = ["--include-path-regex=^/(me|session)", f"--exclude-operation-id-regex=^({LEFT_OUT})$"]


@pytest.mark.parametrize("signed_in", [False, True])
def test_schemathesis_finds_no_failure(api_url: str, tmp_path: Path, token: str, signed_in: bool) -> None:
    bearer = [f"--header=Authorization: Bearer {token}", *OWN] if signed_in else []
    command = [
        str(Path(sys.executable).with_name("schemathesis")),
        f"--config-file={Path(__file__).with_name('schemathesis.toml')}",
        "run",
        f"{api_url}/openapi.json",
        *bearer,
        "--max-examples=40",
        "--seed=1",
        "--no-color",
        # A schema cannot describe the correct password, so well-formed requests may be refused.
        "--exclude-checks=positive_data_acceptance",
        "--generation-database=none",
        f"--report-dir={tmp_path}",
    ]
    done = subprocess.run(command, cwd=ROOT, env=environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
