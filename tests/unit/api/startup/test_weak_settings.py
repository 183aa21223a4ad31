import multiprocessing
from typing import Any

import pytest

from api.startup.weak_settings import weak_settings
from tests.conftest import settings_for

KEY = "0123456789abcdefghijklmnopqrstuv"
SECURE: dict[str, Any] = {
    "rate_limits": True,
    "concealment_seconds": 1.0,
    "state_store": "redis://127.0.0.1",
    "rate_limit_storage": "redis://127.0.0.1",
    "sealing_keys": KEY,
    "trusted_proxies": "10.0.0.0/8",
    "cors_origins": "https://app.example.com",
    "metrics": "on",
    "metrics_token": "0123456789abcdef",
}
WEAK: list[tuple[dict[str, Any], str]] = [
    ({"rate_limits": "off"}, "RATE_LIMITS is off"),
    ({"concealment_seconds": 0}, "CONCEALMENT_SECONDS is 0"),
    ({"reveal_account_state": "on"}, "REVEAL_ACCOUNT_STATE is on"),
    ({"cookie_domain": "example.com"}, "COOKIE_DOMAIN is set"),
    ({"state_store": "memory://"}, "STATE_STORE is memory://"),
    ({"trusted_proxies": "10.0.0.0/8,0.0.0.0/0"}, "TRUSTED_PROXIES has 0.0.0.0/0"),
    ({"trusted_proxies": "::/0"}, "TRUSTED_PROXIES has ::/0"),
    ({"cors_origins": "http://app.example.com"}, "CORS_ORIGINS has http://app.example.com"),
    ({"metrics_token": None}, "METRICS is on without METRICS_TOKEN"),
    ({"state_store": "redis://store.example.com"}, "STATE_STORE is redis:// on another host"),
    ({"sealing_keys": "a" * 40}, "SEALING_KEYS has a key with few different characters"),
    ({"sealing_keys": f"{KEY},{KEY}"}, "SEALING_KEYS has the same key twice"),
]


def test_secure_settings_have_no_line() -> None:
    assert list(weak_settings(settings_for("http://127.0.0.1", **SECURE))) == []


@pytest.mark.parametrize(("given", "begin"), WEAK)
def test_weak_setting_has_one_line(given: dict[str, Any], begin: str) -> None:
    lines = list(weak_settings(settings_for("http://127.0.0.1", **{**SECURE, **given})))
    assert [line[: len(begin)] for line in lines] == [begin]
    assert KEY not in lines[0]


def test_memory_with_several_workers_has_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(multiprocessing, "parent_process", object)
    settings = settings_for("http://127.0.0.1", **{**SECURE, "rate_limit_storage": "memory://"})
    (line,) = weak_settings(settings)
    assert line.startswith("RATE_LIMIT_STORAGE is memory:// with several workers")
