"""The clients of clients/, as `make clients` generates and builds them, on the whole way through a running API."""

import asyncio
import importlib
import json
import subprocess
import sys
import tomllib
import uuid
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from api.app import create_app
from tests.conformance.pool_fixture import totp
from tests.support.api_client import PASSWORD, Mailbox
from tests.support.servers import ROOT, environment, running_api

CLIENTS = ROOT / "clients"


@pytest.fixture(scope="module")
def built() -> Path:
    """Directory of the clients, built from today's OpenAPI document."""
    done = subprocess.run(["make", "clients"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return CLIENTS


@pytest.fixture
def package(built: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The Python package, imported from its wheel."""
    (wheel,) = (built / "python/dist").glob("*.whl")
    monkeypatch.setattr(sys, "path", [str(wheel), *sys.path])
    return importlib.import_module("cognito_sign_in_client")


def test_versions_follow_the_api() -> None:
    version = create_app().version
    assert json.loads((CLIENTS / "typescript/package.json").read_text())["version"] == version
    assert tomllib.loads((CLIENTS / "python/pyproject.toml").read_text())["project"]["version"] == version


def run_typescript(built: Path, name: str, *arguments: str) -> None:
    node = Path(sys.executable).with_name("node")
    command = [str(node), str(built / f"typescript/dist/test/{name}.js"), *arguments]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (0, "done\n"), done.stderr


def test_a14_typescript_client_walks_the_whole_way(built: Path, api_url: str, emulator_url: str) -> None:
    run_typescript(built, "walk", api_url, emulator_url)


def test_typescript_client_keeps_a_session_in_cookies(
    built: Path, emulator_url: str, outputs_file: Path, tmp_path: Path
) -> None:
    settings = {"STACK_OUTPUTS_FILE": str(outputs_file), "AWS_ENDPOINT_URL": emulator_url, "COOKIE_SESSIONS": "on"}
    with running_api(tmp_path / "log", settings) as url:
        run_typescript(built, "cookies", url, emulator_url)


def test_python_client_is_typed(built: Path) -> None:
    checker = Path(sys.executable).with_name("basedpyright")
    command = [str(checker), "--level=error", str(built / "python/cognito_sign_in_client/session.py")]
    done = subprocess.run(command, cwd=built / "python", capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.anyio
async def test_requests_of_python_client_share_one_renewal(package: Any) -> None:
    """The API of this test rotates refresh tokens without grace: a second renewal with one would end the session."""
    session = package.BearerSession("https://api.test/auth")
    session.begin(SimpleNamespace(access_token="old", refresh_token="first"))
    seen: list[str] = []

    async def respond(request: httpx.Request) -> httpx.Response:
        seen.append(request.url.path)
        await asyncio.sleep(0)
        if request.url.path == "/auth/refresh":
            is_first = json.loads(request.content)["refresh_token"] == "first" and seen.count("/auth/refresh") == 1
            body = {"access_token": "new", "refresh_token": "second"}
            return httpx.Response(200, json=body) if is_first else httpx.Response(401)
        if request.headers.get("authorization") == "Bearer new":
            return httpx.Response(200)
        return httpx.Response(401, headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})

    async with httpx.AsyncClient(auth=session, transport=httpx.MockTransport(respond)) as client:
        responses = await asyncio.gather(*(client.get("https://api.test/auth/me") for _ in range(3)))
        assert [response.status_code for response in responses] == [200, 200, 200]
        assert seen.count("/auth/refresh") == 1
        # A log-out during a renewal stays one.
        session.begin(SimpleNamespace(access_token="old", refresh_token="second"))
        pending = asyncio.create_task(client.get("https://api.test/auth/me"))
        await asyncio.sleep(0)
        session.end()
        assert (await pending).status_code == 401
        assert session.access_token is None


def test_python_client_walks_the_whole_way(package: Any, api_url: str, mailbox: Mailbox) -> None:
    session = package.BearerSession(api_url)
    with package.sign_in_client(api_url, session) as client:
        _walk(client, session, mailbox)


def _walk(client: Any, session: Any, mailbox: Mailbox) -> None:
    def operation(name: str) -> Any:
        return importlib.import_module(f"cognito_sign_in_client.generated.api.{name}")

    models = importlib.import_module("cognito_sign_in_client.generated.models")
    email = f"python-{uuid.uuid4().hex[:12]}@example.com"
    signup = models.SignupRequest(email=email, password=PASSWORD)
    assert "code is on its way" in operation("sign_up.signup").sync(client=client, body=signup).detail
    code = models.VerifyRequest(email=email, code=mailbox.code_for(email), password=PASSWORD)
    assert operation("sign_up.verify").sync_detailed(client=client, body=code).status_code == 204

    def log_in(password: str) -> Any:
        body = models.LoginRequest(email=email, password=password)
        return operation("sign_in.login").sync(client=client, body=body)

    refused = log_in("Wrong-Horse-9")
    assert isinstance(refused, models.Problem)
    assert refused.type_.endswith("invalid-credentials")
    session.begin(log_in(PASSWORD))
    # A refused access token is renewed, and the request repeated.
    tokens = log_in(PASSWORD)
    session.begin(SimpleNamespace(access_token="a.b.c", refresh_token=tokens.refresh_token))
    assert operation("account.get_me").sync(client=client).email == email
    assert session.access_token not in {"a.b.c", None}

    secret = operation("factors.set_up_totp").sync(client=client).secret_code
    first = models.TotpCode(code=totp(secret, -1))
    assert operation("factors.verify_totp").sync_detailed(client=client, body=first).status_code == 204
    preferred = models.SecondFactorPreference(enabled=True, preferred=True)
    factors = models.SecondFactorsUpdate(totp=preferred)
    assert operation("factors.set_second_factors").sync_detailed(client=client, body=factors).status_code == 204
    step = log_in(PASSWORD)
    assert step.challenge == "SOFTWARE_TOKEN_MFA"
    answer = models.CodeAnswer(
        challenge=models.CodeAnswerChallenge(step.challenge), session=step.session, code=totp(secret, 0)
    )
    session.begin(operation("sign_in.answer_challenge").sync(client=client, body=answer))
    assert operation("sign_in.logout").sync_detailed(client=client).status_code == 204
    assert operation("sign_in.session").sync_detailed(client=client).status_code == 401
    assert session.access_token is None
