"""The HTTP contract, against a scripted fake of Cognito."""

import asyncio
import hashlib
import itertools
import json
import re
import time
from collections.abc import AsyncGenerator
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiohttp import web
from pydantic import HttpUrl, SecretStr

from api.cognito.secret_hash import secret_hash
from api.config.settings import Settings
from tests.conftest import client_of, settings_for
from tests.support.api_client import problem_slug
from tests.support.cognito import TOKENS, FakeCognito
from tests.support.timing import timed
from tests.support.tokens import KEY

pytestmark = pytest.mark.anyio

EMAIL, PASSWORD = "ada@example.com", "Correct-Horse-9"
LOGIN = {"email": EMAIL, "password": PASSWORD}
HASH = secret_hash(EMAIL, "clientid", "client-secret-canary-of-length")
TOKEN = KEY.token()
CALLS: list[tuple[str, dict[str, Any], str, dict[str, Any]]] = [
    (
        "/signup",
        LOGIN,
        "SignUp",
        {
            "ClientId": "clientid",
            "Username": EMAIL,
            "SecretHash": HASH,
            "Password": PASSWORD,
            "UserAttributes": [{"Name": "email", "Value": EMAIL}],
        },
    ),
    (
        "/verify",
        {"email": EMAIL, "code": "123456"},
        "ConfirmSignUp",
        {"ClientId": "clientid", "Username": EMAIL, "SecretHash": HASH, "ConfirmationCode": "123456"},
    ),
    (
        "/verify/resend",
        {"email": EMAIL},
        "ResendConfirmationCode",
        {"ClientId": "clientid", "Username": EMAIL, "SecretHash": HASH},
    ),
    (
        "/login",
        LOGIN,
        "InitiateAuth",
        {
            "ClientId": "clientid",
            "AuthFlow": "USER_PASSWORD_AUTH",
            "AuthParameters": {"USERNAME": EMAIL, "PASSWORD": PASSWORD, "SECRET_HASH": HASH},
        },
    ),
    ("/logout", {"access_token": TOKEN}, "GlobalSignOut", {"AccessToken": TOKEN}),
    (
        "/refresh",
        {"refresh_token": "refresh.token"},
        "GetTokensFromRefreshToken",
        {"ClientId": "clientid", "ClientSecret": "client-secret-canary-of-length", "RefreshToken": "refresh.token"},
    ),
]
ROUTES = [(path, body) for path, body, _, _ in CALLS]


BAD_BODIES: list[tuple[bytes, str, int]] = [
    (b"", "application/json", 422),
    (b"{", "application/json", 422),
    (b"[]", "application/json", 422),
    (b"null", "application/json", 422),
    (b'{"email": NaN}', "application/json", 422),
    (b'{"email": "\\ud800"}', "application/json", 422),
    (b'{"email": "a@example.com", "email": "b@example.com"}', "application/json", 422),
    (b'{"unknown": "canary"}', "application/json", 422),
    (b'{"PASSWORD": "canary"}', "application/json", 422),
    (b'{"A_CANARY": 1, "My-canary!": 2, "": 3}', "application/json", 422),
    (b'{"email": 1, "password": ["canary"], "code": {}, "access_token": 1.5}', "application/json", 422),
    (b"[" * 5000, "application/json", 422),
    (b"\xff\xfe", "application/json", 422),
    (b'{"email": "' + b"x" * 17_000 + b'"}', "application/json", 413),
    (b"email=canary", "application/x-www-form-urlencoded", 415),
    (b'{"email": "a@example.com"}', "text/plain", 415),
    (b'{"email": "a@example.com"}', "", 415),
]


class TestCognitoCalls:
    @pytest.mark.parametrize(("path", "body", "operation", "expected"), CALLS)
    async def test_route_makes_one_unsigned_call(
        self,
        api: httpx.AsyncClient,
        cognito: FakeCognito,
        path: str,
        body: dict[str, Any],
        operation: str,
        expected: dict[str, Any],
    ) -> None:
        response = await api.post(path, json=body)
        assert response.is_success, response.text
        assert cognito.requests == [(operation, expected)]
        assert "authorization" not in {name.lower() for name in cognito.headers[0]}

    async def test_address_is_sent_in_lower_case(self, api: httpx.AsyncClient, cognito: FakeCognito) -> None:
        await api.post("/login", json={"email": "ADA@Example.COM", "password": PASSWORD})
        assert cognito.requests[0][1]["AuthParameters"]["USERNAME"] == EMAIL
        assert cognito.requests[0][1]["AuthParameters"]["SECRET_HASH"] == HASH

    @pytest.mark.parametrize("password", ["pässwörd ☃", " leading and trailing ", "x" * 256, "\"\\'</script>"])
    async def test_password_reaches_cognito_unchanged(
        self, api: httpx.AsyncClient, cognito: FakeCognito, password: str
    ) -> None:
        await api.post("/login", json={"email": EMAIL, "password": password})
        assert cognito.requests[0][1]["AuthParameters"]["PASSWORD"] == password

    @pytest.mark.parametrize("propagates", [True, False])
    async def test_client_ip_is_forwarded_if_stack_enables_it(self, cognito: FakeCognito, propagates: bool) -> None:
        stack = {
            "cognito_user_pool_id": "us-east-1_AbCdEfGhI",
            "cognito_user_pool_client_id": "clientid",
            "cognito_user_pool_client_secret": "client-secret-canary-of-length",
            "cognito_propagate_user_context": propagates,
        }
        settings = Settings(
            stack_outputs_json=SecretStr(json.dumps({"auth": stack})),
            aws_endpoint_url=HttpUrl(cognito.url),
            trusted_proxies=(ip_network("127.0.0.0/8"),),
        )
        async with client_of(settings) as api:
            await api.post("/login", json=LOGIN, headers={"X-Forwarded-For": "1.2.3.4, 198.51.100.7"})
        assert cognito.requests[0][1].get("UserContextData") == ({"IpAddress": "198.51.100.7"} if propagates else None)

    @timed
    @pytest.mark.waits
    async def test_retries_have_jitter_and_respect_deadline(self, cognito: FakeCognito) -> None:
        moments: list[float] = []

        async def fail(_request: web.Request, _body: dict[str, Any]) -> web.StreamResponse:
            moments.append(time.monotonic())
            text = json.dumps({"__type": "InternalErrorException", "message": ""})
            return web.Response(text=text, status=500, content_type="application/x-amz-json-1.1")

        cognito.handles("InitiateAuth", fail)
        pauses: set[float] = set()
        async with client_of(settings_for(cognito.url, upstream_deadline=0.25)) as api:
            for _ in range(6):
                moments.clear()
                # 504 when the deadline passes during a request, which can happen on a busy machine.
                assert (await api.post("/login", json=LOGIN)).status_code in {503, 504}
                assert moments[-1] - moments[0] < 0.6
                assert len(moments) <= 4
                pauses |= {round(later - sooner, 4) for sooner, later in itertools.pairwise(moments)}
        assert len(pauses) > 3


class TestLoginAndLogout:
    async def test_login_returns_oauth_token_fields(self, api: httpx.AsyncClient) -> None:
        response = await api.post("/login", json=LOGIN)
        assert response.json() == {
            "access_token": TOKENS["AccessToken"],
            "id_token": TOKENS["IdToken"],
            "refresh_token": TOKENS["RefreshToken"],
            "token_type": "Bearer",
            "expires_in": 3600,
        }
        assert response.headers["cache-control"] == "no-store"

    async def test_logout_accepts_bearer_header(self, api: httpx.AsyncClient, cognito: FakeCognito) -> None:
        response = await api.post("/logout", headers={"authorization": f"bearer {TOKEN}"})
        assert response.status_code == 204
        assert response.content == b""
        assert cognito.requests == [("GlobalSignOut", {"AccessToken": TOKEN})]

    @pytest.mark.parametrize(
        ("headers", "challenge"),
        [
            ({}, "Bearer"),
            ({"authorization": "Basic YTpi"}, "Bearer"),
            ({"authorization": "Bearer a b"}, 'Bearer error="invalid_token"'),
            ({"authorization": "Bearer " + "x" * 9000}, 'Bearer error="invalid_token"'),
        ],
    )
    async def test_logout_without_valid_token_is_401(
        self, api: httpx.AsyncClient, cognito: FakeCognito, headers: dict[str, str], challenge: str
    ) -> None:
        response = await api.post("/logout", headers=headers)
        assert (response.status_code, problem_slug(response)) == (401, "invalid-token")
        assert response.headers["www-authenticate"] == challenge
        assert cognito.requests == []


class TestAccountEnumeration:
    @pytest.mark.parametrize(
        "code", ["UsernameExistsException", "CodeDeliveryFailureException", "LimitExceededException"]
    )
    async def test_signup_response_same_for_taken_address(
        self, api: httpx.AsyncClient, cognito: FakeCognito, code: str
    ) -> None:
        new = await api.post("/signup", json=LOGIN)
        cognito.fails("SignUp", code)
        taken = await api.post("/signup", json=LOGIN)
        assert (new.status_code, new.content) == (taken.status_code, taken.content)
        assert new.status_code == 202

    @pytest.mark.parametrize(
        "code",
        ["UserNotFoundException", "InvalidParameterException", "NotAuthorizedException", "LimitExceededException"],
    )
    async def test_resend_response_same_for_unknown_address(
        self, api: httpx.AsyncClient, cognito: FakeCognito, code: str
    ) -> None:
        known = await api.post("/verify/resend", json={"email": EMAIL})
        cognito.fails("ResendConfirmationCode", code)
        unknown = await api.post("/verify/resend", json={"email": EMAIL})
        assert (known.status_code, known.content) == (unknown.status_code, unknown.content)
        assert known.status_code == 202

    @pytest.mark.parametrize(
        "code", ["UserNotConfirmedException", "PasswordResetRequiredException", "InvalidParameterException"]
    )
    async def test_login_hides_state_of_account(self, api: httpx.AsyncClient, cognito: FakeCognito, code: str) -> None:
        await api.post("/signup", json=LOGIN)
        cognito.fails("InitiateAuth", code)
        known = await api.post("/login", json=LOGIN)
        cognito.fails("InitiateAuth", "NotAuthorizedException")
        unknown = await api.post("/login", json={**LOGIN, "email": "nobody@example.com"})
        assert (known.status_code, problem_slug(known)) == (401, "invalid-credentials")
        assert known.json() | {"instance": ""} == unknown.json() | {"instance": ""}
        assert known.headers.keys() == unknown.headers.keys()

    @pytest.mark.parametrize(
        ("code", "expected"),
        [
            ("UserNotConfirmedException", "email-not-verified"),
            ("PasswordResetRequiredException", "password-reset-required"),
            ("InvalidParameterException", "password-reset-required"),
        ],
    )
    async def test_login_reveals_state_of_account_if_asked_to(
        self, cognito: FakeCognito, code: str, expected: str
    ) -> None:
        cognito.fails("InitiateAuth", code)
        async with client_of(settings_for(cognito.url, reveal_account_state=True)) as api:
            response = await api.post("/login", json=LOGIN)
        assert (response.status_code, problem_slug(response)) == (403, expected)


class TestCognitoErrors:
    @pytest.mark.parametrize(
        ("path", "operation", "code", "status", "expected"),
        [
            ("/login", "InitiateAuth", "NotAuthorizedException", 401, "invalid-credentials"),
            ("/login", "InitiateAuth", "UserNotFoundException", 401, "invalid-credentials"),
            ("/login", "InitiateAuth", "ResourceNotFoundException", 500, "server-misconfigured"),
            ("/login", "InitiateAuth", "TooManyRequestsException", 429, "rate-limited"),
            ("/login", "InitiateAuth", "ForbiddenException", 403, "request-blocked"),
            ("/login", "InitiateAuth", "NewExceptionOfTomorrow", 502, "upstream-invalid-response"),
            ("/verify", "ConfirmSignUp", "CodeMismatchException", 400, "invalid-code"),
            ("/verify", "ConfirmSignUp", "ExpiredCodeException", 400, "invalid-code"),
            ("/verify", "ConfirmSignUp", "UserNotFoundException", 400, "invalid-code"),
            ("/verify", "ConfirmSignUp", "NotAuthorizedException", 400, "invalid-code"),
            ("/verify", "ConfirmSignUp", "AliasExistsException", 409, "email-in-use"),
            # Cognito returns these two for existing accounts only.
            ("/verify", "ConfirmSignUp", "TooManyFailedAttemptsException", 400, "invalid-code"),
            ("/verify", "ConfirmSignUp", "LimitExceededException", 400, "invalid-code"),
            ("/signup", "SignUp", "ForbiddenException", 403, "request-blocked"),
            ("/logout", "GlobalSignOut", "NotAuthorizedException", 401, "invalid-token"),
        ],
    )
    async def test_cognito_error_is_problem_without_its_text(
        self,
        api: httpx.AsyncClient,
        cognito: FakeCognito,
        path: str,
        operation: str,
        code: str,
        status: int,
        expected: str,
    ) -> None:
        cognito.fails(operation, code, "arn:aws:upstream-canary")
        response = await api.post(path, json=dict(ROUTES)[path])
        assert (response.status_code, problem_slug(response)) == (status, expected)
        assert "canary" not in response.text
        assert code not in response.text
        assert ("retry-after" in response.headers) == (status == 429)
        assert ("www-authenticate" in response.headers) == (status == 401)

    async def test_error_type_with_namespace_is_recognized(self, api: httpx.AsyncClient, cognito: FakeCognito) -> None:
        cognito.answers("InitiateAuth", {"__type": "com.amazonaws.cognito#TooManyRequestsException:x"}, 400)
        response = await api.post("/login", json=LOGIN)
        assert problem_slug(response) == "rate-limited"

    @pytest.mark.parametrize(
        "answer",
        [
            b"",
            b"{}",
            b"[]",
            b"null",
            b"<html>",
            b'{"AuthenticationResult": {}}',
            b'{"AuthenticationResult": {"AccessToken": "", "IdToken": "x", "RefreshToken": "x", "ExpiresIn": 1}}',
            b'{"AuthenticationResult": {"AccessToken": "x", "IdToken": "x", "RefreshToken": "x", "ExpiresIn": "1"}}',
            b'{"ChallengeName": "SMS_MFA"}',
            b'{"a": 1, "a": 2}',
            b'{"pad": "' + b"x" * 2**20 + b'"}',
        ],
    )
    async def test_malformed_response_is_502(self, api: httpx.AsyncClient, cognito: FakeCognito, answer: bytes) -> None:
        cognito.answers("InitiateAuth", answer)
        response = await api.post("/login", json=LOGIN)
        assert (response.status_code, problem_slug(response)) == (502, "upstream-invalid-response")

    @pytest.mark.parametrize(
        ("status", "expected"), [(204, 502), (302, 502), (418, 502), (429, 429), (500, 503), (503, 503)]
    )
    async def test_status_without_error_type_is_mapped(
        self, api: httpx.AsyncClient, cognito: FakeCognito, status: int, expected: int
    ) -> None:
        cognito.answers("InitiateAuth", b"<html>", status, "text/html")
        response = await api.post("/login", json=LOGIN)
        assert response.status_code == expected

    async def test_html_content_type_is_invalid_response(self, api: httpx.AsyncClient, cognito: FakeCognito) -> None:
        cognito.answers("GlobalSignOut", b"{}", 200, "text/html")
        response = await api.post("/logout", json={"access_token": TOKEN})
        assert problem_slug(response) == "upstream-invalid-response"


class TestReadiness:
    async def test_wrong_client_secret_fails_readiness(self, api: httpx.AsyncClient, cognito: FakeCognito) -> None:
        assert (await api.get("/readyz")).json() == {"status": "ok"}
        cognito.fails("InitiateAuth", "NotAuthorizedException", "Unable to verify secret hash for client clientid")
        response = await api.post("/login", json=LOGIN)
        assert (response.status_code, problem_slug(response)) == (500, "server-misconfigured")
        ready = await api.get("/readyz")
        assert (ready.status_code, problem_slug(ready)) == (503, "not-ready")
        assert "app client or its secret" in ready.json()["detail"]
        assert (await api.get("/livez")).status_code == 200

    async def test_unavailable_keys_fail_readiness(self, api: httpx.AsyncClient, cognito: FakeCognito) -> None:
        cognito.jwks_status = 404
        ready = await api.get("/readyz")
        assert (ready.status_code, problem_slug(ready)) == (503, "not-ready")
        assert "HTTP 404" in ready.json()["detail"]

    async def test_concurrent_readiness_checks_both_fail(self, api: httpx.AsyncClient, cognito: FakeCognito) -> None:
        cognito.jwks_status = 503
        first, second = await asyncio.gather(api.get("/readyz"), api.get("/readyz"))
        assert (first.status_code, second.status_code) == (503, 503)


class TestRequestBodies:
    async def test_signup_weak_password_makes_no_call(self, api: httpx.AsyncClient, cognito: FakeCognito) -> None:
        response = await api.post("/signup", json={"email": EMAIL, "password": "short"})
        assert (response.status_code, problem_slug(response)) == (422, "invalid-password")
        (error,) = response.json()["errors"]
        # If the pool's policy is unknown, Cognito's default policy applies.
        detail = (
            "The password needs at least 8 characters; an upper-case letter (A-Z); a digit; "
            "a symbol out of !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~."
        )
        assert error == {"pointer": "/password", "detail": detail}
        assert cognito.requests == []

    @pytest.mark.parametrize("path", dict(ROUTES))
    @pytest.mark.parametrize(("content", "content_type", "status"), BAD_BODIES)
    async def test_bad_body_is_problem_without_its_values(
        self, api: httpx.AsyncClient, cognito: FakeCognito, path: str, content: bytes, content_type: str, status: int
    ) -> None:
        response = await api.post(path, content=content, headers={"content-type": content_type})
        no_token = path == "/logout" and content in {b"", b"null"}
        assert response.status_code == (401 if no_token else status), response.text
        # The unread rest of the body must not be parsed as the next request.
        assert (response.headers.get("connection") == "close") == (response.status_code == 413)
        problem_slug(response)
        assert "canary" not in response.text
        assert cognito.requests == []

    async def test_slow_body_is_408(
        self, api: httpx.AsyncClient, cognito: FakeCognito, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("api.web.body.BODY_SECONDS", 0.1)

        async def drip() -> AsyncGenerator[bytes]:
            while True:
                yield b" "
                await asyncio.sleep(0.03)

        response = await api.post("/login", content=drip(), headers={"content-type": "application/json"})
        assert (response.status_code, problem_slug(response)) == (408, "request-timeout")
        assert response.headers["connection"] == "close"
        assert cognito.requests == []

    @pytest.mark.parametrize(
        "email",
        [
            "",
            "ada",
            "@example.com",
            "ada@",
            "Ada <ada@example.com>",
            "ada@exam ple.com",
            "ada\x00@example.com",
            "ada@" + "a" * 130 + ".com",
            None,
            5,
            ["ada@example.com"],
        ],
    )
    @pytest.mark.parametrize("path", ["/signup", "/login", "/verify", "/verify/resend"])
    async def test_invalid_address_names_email_field(
        self, api: httpx.AsyncClient, cognito: FakeCognito, path: str, email: object
    ) -> None:
        response = await api.post(path, json={**dict(ROUTES)[path], "email": email})
        assert (response.status_code, problem_slug(response)) == (422, "validation-failed")
        assert [error["pointer"] for error in response.json()["errors"]] == ["/email"]
        assert cognito.requests == []

    @pytest.mark.parametrize(
        "code", ["", "12345", "1234567", "abcdef", "\uff11\uff12\uff13\uff14\uff15\uff16", 123456, "12345\n"]
    )
    async def test_code_not_six_ascii_digits_is_refused(
        self, api: httpx.AsyncClient, cognito: FakeCognito, code: object
    ) -> None:
        response = await api.post("/verify", json={"email": EMAIL, "code": code})
        assert problem_slug(response) == "validation-failed"
        assert cognito.requests == []

    async def test_unknown_field_is_named_unless_unusual(self, api: httpx.AsyncClient) -> None:
        body = {"email": "ada@example.com", "password": "Correct-Horse-9"}
        misspelt = await api.post("/login", json={**body, "passwrod": "x"})
        assert [error["pointer"] for error in misspelt.json()["errors"]] == ["/passwrod"]
        secret = await api.post("/login", json={**body, "Correct-Horse-9": "x"})
        assert [error["pointer"] for error in secret.json()["errors"]] == [""]

    @pytest.mark.parametrize("password", ["", "   ", "x" * 257, "nul\x00", "line\nfeed", "\x7f"])
    async def test_blank_long_or_control_password_is_refused(
        self, api: httpx.AsyncClient, cognito: FakeCognito, password: str
    ) -> None:
        response = await api.post("/login", json={"email": EMAIL, "password": password})
        assert problem_slug(response) == "validation-failed"
        assert cognito.requests == []


class TestHttpContract:
    @pytest.mark.parametrize(
        ("method", "path", "status", "expected"),
        [
            ("GET", "/nothing", 404, "not-found"),
            ("POST", "/login/", 404, "not-found"),
            ("GET", "/login", 405, "method-not-allowed"),
        ],
    )
    async def test_unknown_path_or_method_is_problem(
        self, api: httpx.AsyncClient, method: str, path: str, status: int, expected: str
    ) -> None:
        response = await api.request(method, path)
        assert (response.status_code, problem_slug(response)) == (status, expected)
        assert response.headers.get("allow") == ("POST" if status == 405 else None)

    async def test_response_has_request_id_and_security_headers(self, api: httpx.AsyncClient) -> None:
        for path in ("/livez", "/nothing"):
            headers = (await api.get(path)).headers
            assert len(headers["x-request-id"]) == 32
            assert headers["cache-control"] == "no-store"
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["content-security-policy"] == (
                "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
            )
            assert headers["referrer-policy"] == "no-referrer"
            assert headers["strict-transport-security"] == "max-age=63072000; includeSubDomains"

    @pytest.mark.parametrize(("given", "kept"), [("trace-0123456789", True), ("short", False), ("x\u00e9" * 8, False)])
    async def test_only_safe_request_id_is_kept(self, api: httpx.AsyncClient, given: str, kept: bool) -> None:
        response = await api.get("/livez", headers={b"x-request-id": given.encode("latin-1")})
        assert (response.headers["x-request-id"] == given) is kept

    @pytest.mark.parametrize("path", ["/livez", "/readyz", "/openapi.json", "/docs", "/session", "/nothing"])
    async def test_head_is_get_without_a_body(self, api: httpx.AsyncClient, path: str) -> None:
        got, head = await api.get(path), await api.head(path)
        assert (head.status_code, head.content) == (got.status_code, b"")
        assert head.headers["content-length"] == got.headers["content-length"]

    async def test_head_of_other_routes_is_405(self, api: httpx.AsyncClient) -> None:
        assert (await api.head("/login")).status_code == 405

    @pytest.mark.parametrize(
        ("headers", "status"),
        [
            ({"Content-Type": "application/merge-patch+json"}, 200),
            ({"Content-Type": "application/json", "Content-Encoding": "identity"}, 200),
            ({"Content-Type": "application/json", "Content-Encoding": "gzip"}, 415),
        ],
    )
    async def test_patch_takes_merge_patch_without_encoding(
        self, api: httpx.AsyncClient, headers: dict[str, str], status: int
    ) -> None:
        bearer = {"Authorization": f"Bearer {KEY.token()}"}
        response = await api.patch("/me", content=b'{"name": "Ada"}', headers=bearer | headers)
        assert response.status_code == status

    async def test_merge_patch_is_for_patch_only(self, api: httpx.AsyncClient) -> None:
        headers = {"Content-Type": "application/merge-patch+json"}
        assert (await api.post("/login", content=b"{}", headers=headers)).status_code == 415

    async def test_openapi_lists_problem_responses(self, api: httpx.AsyncClient) -> None:
        document = (await api.get("/openapi.json")).json()
        text = json.dumps(document)
        assert "HTTPValidationError" not in text
        assert document["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
        for path, _ in ROUTES:
            operation = document["paths"][path]["post"]
            assert {"413", "415", "422", "429", "500", "502", "503", "504"} <= operation["responses"].keys()
            for status, response in operation["responses"].items():
                if status >= "400":
                    (content,) = response["content"].items()
                    assert content[0] == "application/problem+json"
                    assert content[1]["examples"]

    async def test_docs_page_is_served(self, api: httpx.AsyncClient) -> None:
        page = await api.get("/docs")
        assert page.status_code == 200
        assert "default-src 'none'; script-src 'self'; style-src 'self';" in page.headers["content-security-policy"]
        for address in re.findall(r'(?:src|href|data-url)="([^"]+)"', page.text):
            assert (await api.get(address)).status_code == 200

    def test_files_of_the_docs_page_are_the_published_ones(self) -> None:
        directory = Path("api/web/reference")
        for row in (directory / "SHA256SUMS").read_text().splitlines():
            digest, name = row.split()
            assert hashlib.sha256((directory / name).read_bytes()).hexdigest() == digest

    async def test_docs_page_is_off(self, cognito: FakeCognito) -> None:
        async with client_of(settings_for(cognito.url, docs="off")) as api:
            assert (await api.get("/docs")).status_code == 404
            assert (await api.get("/openapi.json")).status_code == 200
