"""A client generated from the OpenAPI document signs a user up, in and out."""

import importlib
import json
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any

import pytest

from api.app import create_app
from tests.support.api_client import PASSWORD, Mailbox


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of the package that openapi-python-client generates."""
    (tmp_path / "openapi.json").write_text(json.dumps(create_app().openapi()))
    # No formatting: the generated code is not read.
    (tmp_path / "config.json").write_text('{"post_hooks": []}')
    command = [
        str(Path(sys.executable).with_name("openapi-python-client")),
        "generate",
        f"--path={tmp_path / 'openapi.json'}",
        f"--config={tmp_path / 'config.json'}",
        f"--output-path={tmp_path / 'generated'}",
        "--fail-on-warning",
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    monkeypatch.setattr(sys, "path", [str(tmp_path / "generated"), *sys.path])
    return "sign_in_client"


def test_generated_client_signs_up_in_and_out(package: str, api_url: str, mailbox: Mailbox) -> None:
    def part(name: str) -> Any:
        return importlib.import_module(f"{package}.{name}")

    models = part("models")
    email = f"generated-{uuid.uuid4().hex[:12]}@example.com"
    with part("client").Client(base_url=api_url) as client:
        accepted = part("api.sign_up.signup").sync(
            client=client, body=models.SignupRequest(email=email, password=PASSWORD)
        )
        assert "code is on its way" in accepted.detail
        code = models.VerifyRequest(email=email, code=mailbox.code_for(email))
        assert part("api.sign_up.verify").sync_detailed(client=client, body=code).status_code == 204
        tokens = part("api.sign_in.login").sync(client=client, body=models.LoginRequest(email=email, password=PASSWORD))
        assert isinstance(tokens, models.TokenResponse)
        refused = part("api.sign_in.login").sync(
            client=client, body=models.LoginRequest(email=email, password="Wrong-Horse-9")
        )
        assert isinstance(refused, models.Problem)
        assert refused.type_.endswith("invalid-credentials")
    with part("client").AuthenticatedClient(base_url=api_url, token=tokens.access_token) as client:
        assert part("api.account.get_me").sync(client=client).email == email
        assert part("api.sign_in.logout").sync_detailed(client=client).status_code == 204
        assert part("api.sign_in.session").sync_detailed(client=client).status_code == 401
