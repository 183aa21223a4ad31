"""schemathesis over the running API: no 5xx, and no answer that the OpenAPI document does not describe."""

import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.support.servers import ROOT, environment, running_api


@pytest.fixture
def api_url(emulator_url: str, outputs_file: Path, tmp_path: Path) -> Generator[str]:
    """An API that offers what needs no AWS: 501 would be a server's fault to schemathesis."""
    settings = {
        "STACK_OUTPUTS_FILE": str(outputs_file),
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


def test_no_request_breaks_the_schema_or_the_server(api_url: str, tmp_path: Path) -> None:
    command = [
        str(Path(sys.executable).with_name("schemathesis")),
        f"--config-file={Path(__file__).with_name('schemathesis.toml')}",
        "run",
        f"{api_url}/openapi.json",
        "--max-examples=40",
        "--seed=1",
        "--no-color",
        # A schema cannot say which password is right, so well-formed requests are rightly refused.
        "--exclude-checks=positive_data_acceptance",
        "--generation-database=none",
        f"--report-dir={tmp_path}",
    ]
    done = subprocess.run(command, cwd=ROOT, env=environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
