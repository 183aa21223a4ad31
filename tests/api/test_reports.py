"""What people who do this job have reported of such services, by the kinds of ``A3`` to ``A20``, as it is right."""

from unittest.mock import AsyncMock

import httpx
import pytest

from api.sessions.service import SessionService
from tests.conftest import client_of, settings_for
from tests.support.api_client import problem_slug
from tests.support.cognito import FakeCognito
from tests.support.tokens import KEY

pytestmark = pytest.mark.anyio

PAGE = "https://app.example.com"
BEARER = {"Authorization": f"Bearer {KEY.token()}"}
LOGIN = {"email": "ada@example.com", "password": "Correct-Horse-9"}


class TestA10HttpThatEveryClientMayUse:
    async def test_page_of_another_origin_can_read_an_unexpected_error(
        self, cognito: FakeCognito, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(SessionService, "log_out", AsyncMock(side_effect=ZeroDivisionError))
        async with client_of(settings_for(cognito.url, cors_origins=PAGE)) as api:
            response = await api.post("/logout", headers={"Origin": PAGE, **BEARER})
        assert (response.status_code, problem_slug(response)) == (500, "internal-error")
        assert response.headers["access-control-allow-origin"] == PAGE


class TestClientMetadata:
    @pytest.mark.parametrize(
        ("header", "locale"),
        [
            ("de-CH, de;q=0.9, en;q=0.8", "de-CH"),
            ("en;q=0.5, fr;q=0.7", "fr"),
            ("fr, de", "fr"),
            ("zh-Hant-TW", "zh-Hant-TW"),
        ],
    )
    async def test_preferred_language_reaches_triggers(
        self, api: httpx.AsyncClient, cognito: FakeCognito, header: str, locale: str
    ) -> None:
        await api.post("/signup", json=LOGIN, headers={"Accept-Language": header})
        assert cognito.requests[-1][1]["ClientMetadata"] == {"locale": locale}

    @pytest.mark.parametrize("header", ["*", "en;q=0", "", "not a language", "de_CH", "<b>", "en;q=9"])
    async def test_header_without_a_language_sends_none(
        self, api: httpx.AsyncClient, cognito: FakeCognito, header: str
    ) -> None:
        response = await api.post("/signup", json=LOGIN, headers={"Accept-Language": header})
        assert response.status_code == 202
        assert "ClientMetadata" not in cognito.requests[-1][1]

    async def test_only_listed_fields_reach_triggers(self, cognito: FakeCognito) -> None:
        sent = {"Client-Metadata-Tenant": "acme", "Client-Metadata-Role": "owner"}
        async with client_of(settings_for(cognito.url, client_metadata="tenant")) as api:
            await api.post("/login", json=LOGIN, headers=sent)
            assert cognito.requests[-1][1]["ClientMetadata"] == {"tenant": "acme"}
            await api.get("/me", headers={**sent, **BEARER})
            assert "ClientMetadata" not in cognito.requests[-1][1]

    @pytest.mark.parametrize("value", [b"a" * 257, "é".encode(), b"a\x01"])
    async def test_bad_field_is_422_and_not_sent(self, cognito: FakeCognito, value: bytes) -> None:
        async with client_of(settings_for(cognito.url, client_metadata="tenant")) as api:
            response = await api.post("/login", json=LOGIN, headers={b"Client-Metadata-Tenant": value})
        assert (response.status_code, problem_slug(response)) == (422, "validation-failed")
        assert "Client-Metadata-tenant" in response.json()["errors"][0]["detail"]
        assert cognito.requests == []
