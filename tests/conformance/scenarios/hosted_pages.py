"""Scenarios: Hosted pages."""

import httpx

from tests.conformance.pool_fixture import PoolFixture, refused
from tests.conformance.scenario import NOT_AUTHORIZED, scenario

BYE = "https://app.example.com/bye"
CALLBACK = "https://app.example.com/callback"
EVIL = "https://evil.example/"
URLS = {
    "CallbackURLs": [CALLBACK],
    "LogoutURLs": [BYE],
    "AllowedOAuthFlows": ["code"],
    "AllowedOAuthScopes": ["openid"],
    "AllowedOAuthFlowsUserPoolClient": True,
}


@scenario("Hosted pages", "/oauth2/revoke ends a session, for the client only", "GUIDE: The token revocation endpoint")
def oauth2_revoke_ends_a_session(pool: PoolFixture) -> None:
    token = pool.tokens()["RefreshToken"]
    address = f"{pool.emulator.url}/oauth2/revoke"
    for secret, form, answer in (
        ("wrong", {"token": token}, (401, "invalid_client")),
        (pool.secret, {}, (400, "invalid_request")),
        (pool.secret, {"token": pool.tokens()["AccessToken"]}, (400, "unsupported_token_type")),
    ):
        found = httpx.post(address, data=form, auth=(pool.client_id, secret))
        assert (found.status_code, found.json()["error"]) == answer
    assert pool.refresh(token)
    assert httpx.post(address, data={"token": token}, auth=(pool.client_id, pool.secret)).status_code == 200
    refused(NOT_AUTHORIZED, lambda: pool.refresh(token))


@scenario("Hosted pages", "/logout returns to the client's URLs only", "GUIDE: The sign-out endpoint", client=URLS)
def logout_returns_to_the_clients_urls_only(pool: PoolFixture) -> None:
    address = f"{pool.emulator.url}/logout"
    known = {"client_id": pool.client_id}
    out = httpx.get(address, params={**known, "logout_uri": BYE})
    assert (out.status_code, out.headers["location"]) == (302, BYE)
    again = {**known, "redirect_uri": CALLBACK, "response_type": "code", "scope": "openid"}
    assert "/login?" in httpx.get(address, params=again).headers["location"]
    for query in ({**known, "logout_uri": EVIL}, known, {**again, "redirect_uri": EVIL}):
        assert httpx.get(address, params=query).status_code == 400


@scenario("Hosted pages", "/logout of a client without URLs is refused", "GUIDE: The sign-out endpoint")
def logout_of_a_client_without_urls_is_refused(pool: PoolFixture) -> None:
    query = {"client_id": pool.client_id, "logout_uri": EVIL}
    assert httpx.get(f"{pool.emulator.url}/logout", params=query).status_code == 400
