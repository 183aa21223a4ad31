"""Endpoints of the pool's domain that ministack lacks or treats loosely: /oauth2/revoke and /logout.

Source: "The token revocation endpoint" and "The managed login sign-out endpoint" of the developer guide; RFC 7009.
"""

import base64
import json
from urllib.parse import parse_qs, unquote, urlencode

from local.cognito import refresh
from local.cognito.emulator import Json, cognito
from local.cognito.mailbox import Asgi, Receive, Scope, Send
from local.cognito.refusals import Refusal

_REVOCATION_ERRORS = {
    "ResourceNotFoundException": (401, "invalid_client"),
    "UnauthorizedException": (401, "invalid_client"),
    "UnsupportedOperationException": (400, "unsupported_token_type"),
    "UnsupportedTokenTypeException": (400, "unsupported_token_type"),
}


def with_hosted_pages(app: Asgi) -> Asgi:
    """Return ``app`` with these endpoints."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        match scope.get("method"), scope.get("path"):
            case "POST", "/oauth2/revoke":
                status, error = _revoke(await _form(receive), dict(scope["headers"]).get(b"authorization", b""))
                await _answer(send, status, json.dumps({"error": error}).encode() if error else b"")
            case "GET", "/logout" if reason := _refusal(_query(scope)):
                await _answer(send, 400, json.dumps({"error": "invalid_request", "error_description": reason}).encode())
            case "GET", "/logout" if "logout_uri" not in _query(scope):
                # The user signs in again: the parameters are those of an authorization request.
                await _answer(send, 302, b"", f"/login?{urlencode(_query(scope))}")
            case _:
                await app(scope, receive, send)

    return serve


def _revoke(form: dict[str, str], authorization: bytes) -> tuple[int, str | None]:
    """Revoke the token of a form; return the status and the error (RFC 7009, section 2.2.1)."""
    client_id, secret = form.get("client_id", ""), ""
    scheme, _, credentials = authorization.decode("latin-1").partition(" ")
    if scheme.lower() == "basic":
        try:
            client_id, _, secret = base64.b64decode(credentials).decode("latin-1").partition(":")
        except ValueError:
            return 401, "invalid_client"
    if not form.get("token") or not client_id:
        return 400, "invalid_request"
    try:
        request = {"ClientId": unquote(client_id), "ClientSecret": unquote(secret), "Token": form["token"]}
        refresh.revoke_token(request)
    except Refusal as refusal:
        # A token that is not valid needs no revocation.
        return _REVOCATION_ERRORS.get(refusal.code, (200, None))
    return 200, None


def _refusal(query: dict[str, str]) -> str | None:
    """Return why a sign-out is refused: it must name the client, and one of the client's URLs."""
    client: Json | None = cognito._find_pool_by_client_id(query.get("client_id", ""))[2]
    if client is None:
        return "client_id is not known."
    if "logout_uri" in query:
        return None if query["logout_uri"] in client.get("LogoutURLs", []) else "logout_uri is not allowed."
    if query.get("redirect_uri") in client.get("CallbackURLs", []) and query.get("response_type"):
        return None
    return "logout_uri, or redirect_uri and response_type, are required, with a URL of the client."


def _query(scope: Scope) -> dict[str, str]:
    return _first(scope["query_string"])


async def _form(receive: Receive) -> dict[str, str]:
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return _first(body)


def _first(encoded: bytes) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(encoded.decode("latin-1")).items()}


async def _answer(send: Send, status: int, body: bytes, location: str = "") -> None:
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    headers += [(b"location", location.encode())] if location else []
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
