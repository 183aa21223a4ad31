"""The verifier with valid tokens and with hundreds of hostile tokens, as a library and over HTTP."""

import json
import time
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cognito_tokens import Principal, TokenVerifier, UserPool, errors
from cognito_tokens.errors import TokenError
from cognito_tokens.jwks import StaticJwks
from cognito_tokens.revocations import Revocations
from cognito_tokens.signatures import RsaKey
from tests.support.cognito import FakeCognito
from tests.support.hostile_tokens import hostile_tokens
from tests.support.timing import cpu_under
from tests.support.tokens import CLIENT_ID, ISSUER, KEY, SUB, SigningKey

pytestmark = pytest.mark.anyio

HOSTILE = hostile_tokens()
KEYS = StaticJwks(KEY.jwks())
POOL = UserPool(ISSUER, frozenset({CLIENT_ID, "second"}), KEYS)


@pytest.fixture
def verifier() -> TokenVerifier:
    return TokenVerifier([POOL])


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


VALID = KEY.token()


JSON: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(), lambda inner: st.lists(inner, max_size=3)
)


REAL: dict[str, dict[str, Any]] = {
    "client credentials": {"username": ..., "origin_jti": ..., "sub": CLIENT_ID, "version": 2, "scope": "orders/read"},
    "hosted sign-in": {"version": 2, "scope": "openid email phone", "nonce": "n"},
    "fifty long scopes": {"scope": " ".join(f"https://orders.example.com/scope-number-{n:02d}" for n in range(50))},
    "no scopes": {"scope": ""},
    "customised": {"plan": {"name": "gold", "limits": [1, 2.5, True, None]}},
    "a device": {"device_key": "us-east-1_aaaa"},
    "a federated user": {"username": "Google_1234567890", "cognito:groups": ["us-east-1_AbC_Google"]},
}


class TestValidTokens:
    async def test_valid_token_gives_principal(self, verifier: TokenVerifier) -> None:
        now = int(time.time())
        token = KEY.token(**{"cognito:groups": ["admins", "ops"], "scope": "a b/c", "auth_time": now - 100})
        principal = await verifier.verify(token)
        assert (principal.sub, principal.client_id, principal.issuer) == (SUB, CLIENT_ID, ISSUER)
        assert (principal.scopes, principal.groups) == (frozenset({"a", "b/c"}), ("admins", "ops"))
        assert (principal.auth_time, principal.token_use) == (now - 100, "access")
        assert principal.expires_at > now
        assert principal.origin_jti

    async def test_id_verifier_accepts_only_id_tokens(self) -> None:
        verifier = TokenVerifier([POOL], token_use="id")
        principal = await verifier.verify(KEY.id_token())
        assert principal.claims["email"] == "ada@example.com"
        with pytest.raises(errors.TokenUseRefused):
            await verifier.verify(KEY.token())

    async def test_clients_and_keys_are_bound_to_their_pool(self) -> None:
        other = SigningKey()
        second = UserPool(f"{ISSUER}2", frozenset({"third"}), StaticJwks(other.jwks()))
        verifier = TokenVerifier([POOL, second])
        assert (await verifier.verify(KEY.token(client_id="second"))).client_id == "second"
        assert (await verifier.verify(other.token(iss=f"{ISSUER}2", client_id="third"))).issuer == f"{ISSUER}2"
        with pytest.raises(errors.ClientRefused):
            await verifier.verify(KEY.token(client_id="third"))
        with pytest.raises(errors.KeyUnknown):
            # A pool's key is valid for its own issuer only.
            await verifier.verify(KEY.token(iss=f"{ISSUER}2", client_id="third"))

    def test_duplicate_issuer_raises(self) -> None:
        with pytest.raises(ValueError, match="duplicate issuer"):
            TokenVerifier([POOL, UserPool(ISSUER, frozenset({"third"}), KEYS)])

    @pytest.mark.parametrize("claims", REAL.values(), ids=REAL)
    async def test_cognito_token_variants_are_accepted(self, verifier: TokenVerifier, claims: dict[str, Any]) -> None:
        assert (await verifier.verify(KEY.token(**claims))).username

    @pytest.mark.parametrize("name", ["iat", "nbf", "auth_time"])
    async def test_leeway_covers_future_times_but_not_expiry(self, name: str) -> None:
        now = int(time.time())
        verifier = TokenVerifier([POOL], leeway=5)
        assert await verifier.verify(KEY.token(**{name: now + 4}))
        with pytest.raises(errors.TokenNotYetValid):
            await verifier.verify(KEY.token(**{name: now + 8}))
        with pytest.raises(errors.TokenExpired):
            await verifier.verify(KEY.token(exp=now - 1, iat=now - 9))


class TestHostileTokens:
    def test_hostile_tokens_number_over_350(self) -> None:
        assert len(HOSTILE) > 350

    @pytest.mark.parametrize("name", HOSTILE)
    async def test_hostile_token_is_refused_within_cpu_limit(self, verifier: TokenVerifier, name: str) -> None:
        with cpu_under(0.05), pytest.raises(errors.TokenRefused) as caught:
            await verifier.verify(HOSTILE[name])
        assert caught.value.expected
        assert len(str(caught.value)) < 500

    async def test_hostile_token_over_http_is_401_without_call(
        self, api: httpx.AsyncClient, cognito: FakeCognito
    ) -> None:
        assert (await api.get("/session", headers=bearer(KEY.token()))).status_code == 200
        sent = 0
        for name, token in HOSTILE.items():
            if not token.isascii() or not token.isprintable():
                # A server rejects such a header before the API receives it.
                continue
            headers = bearer(token)
            for path, method in (("/session", "GET"), ("/logout", "POST")):
                response = await api.request(method, path, headers=headers)
                assert response.status_code == 401, f"{name}: {response.status_code}"
                assert response.headers["www-authenticate"].startswith("Bearer")
            sent += 1
        assert sent > 300
        assert cognito.requests == []
        assert cognito.jwks_requests == 1

    @settings(max_examples=500, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(place=st.integers(0, len(VALID) - 1), character=st.characters(codec="ascii"))
    async def test_mutated_token_is_refused(self, verifier: TokenVerifier, place: int, character: str) -> None:
        mutant = VALID[:place] + character + VALID[place + 1 :]
        if mutant != VALID:
            with pytest.raises(TokenError):
                await verifier.verify(mutant)

    @settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.data())
    async def test_cut_or_shuffled_token_is_refused(self, verifier: TokenVerifier, data: st.DataObject) -> None:
        start, end = sorted(data.draw(st.tuples(st.integers(0, len(VALID)), st.integers(0, len(VALID)))))
        for mutant in (VALID[:start] + VALID[end:], VALID[start:end] + VALID, VALID[start:] + VALID[:start]):
            if mutant != VALID:
                with pytest.raises(TokenError):
                    await verifier.verify(mutant)

    @settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        claim=st.sampled_from(["iss", "exp", "token_use", "client_id", "sub", "jti", "scope", "cognito:groups"]),
        value=JSON,
    )
    async def test_any_claim_value_is_accepted_or_refused(
        self, verifier: TokenVerifier, claim: str, value: object
    ) -> None:
        try:
            principal = await verifier.verify(KEY.token(**{claim: value}))
        except errors.TokenRefused:
            return
        assert isinstance(principal, Principal)
        assert claim not in {"iss", "token_use", "client_id"} or json.dumps(value) in {
            json.dumps(right) for right in (ISSUER, "access", CLIENT_ID, "second")
        }

    async def test_oversized_token_is_refused_within_cpu_limit(self, verifier: TokenVerifier) -> None:
        token = "a" * 50_000_000
        with cpu_under(0.02), pytest.raises(errors.TokenMalformed):
            await verifier.verify(token)


class TestCache:
    async def test_cache_is_bounded_and_expires_with_token(self) -> None:
        ahead = [0]
        verifier = TokenVerifier([POOL], remembered=3, now=lambda: time.time() + ahead[0])
        token = KEY.token(exp=int(time.time()) + 100)
        await verifier.verify(token)
        ahead[0] = 101
        with pytest.raises(errors.TokenExpired):
            await verifier.verify(token)
        ahead[0] = 0
        for _ in range(10):
            await verifier.verify(KEY.token())
        assert len(vars(verifier)["_verified"]) == 3

    async def test_cache_can_be_disabled(self) -> None:
        verifier = TokenVerifier([POOL], remembered=0)
        assert await verifier.verify(KEY.token())
        assert not vars(verifier)["_verified"]

    async def test_replaced_key_invalidates_cached_token(self) -> None:
        other = SigningKey()
        other.kid = KEY.kid

        class Exchanged(StaticJwks):
            def get_cached(self, kid: str) -> RsaKey | None:
                return StaticJwks(other.jwks()).get_cached(kid) if is_exchanged else super().get_cached(kid)

        is_exchanged = False
        verifier = TokenVerifier([UserPool(ISSUER, frozenset({CLIENT_ID}), Exchanged(KEY.jwks()))])
        token = KEY.token()
        assert await verifier.verify(token)
        is_exchanged = True
        with pytest.raises(errors.SignatureInvalid):
            await verifier.verify(token)

    async def test_removed_key_invalidates_cached_token(self) -> None:
        keys = StaticJwks(KEY.jwks())
        verifier = TokenVerifier([UserPool(ISSUER, frozenset({CLIENT_ID}), keys)])
        token = KEY.token()
        await verifier.verify(token)
        vars(keys)["_keys"].clear()
        with pytest.raises(errors.KeyUnknown):
            await verifier.verify(token)

    async def test_revocation_invalidates_cached_token(self) -> None:
        revocations = Revocations()
        verifier = TokenVerifier([POOL], revocations=revocations)
        token = KEY.token(origin_jti="the-session")
        await verifier.verify(token)
        await revocations.revoke("session", "the-session")
        with pytest.raises(errors.TokenRevoked):
            await verifier.verify(token)
