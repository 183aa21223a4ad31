"""Mailbox: the mails sent by the user pools, as a web page for developers and as JSON for tests.

It is served on the emulator's port. It shows codes, so only requests with a loopback name as Host are accepted, or with
one of LOCAL_NAMES; this prevents DNS rebinding by web pages.
"""

import base64
import hashlib
import json
import os
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from local.cognito import records
from local.cognito.emulator import Json, cognito
from local.cognito.users import find_user

_PAGE = Path(__file__).with_name("mailbox.html").read_bytes()
_MOST = 1000
_KINDS = {
    "CognitoInvitationMessage": "invitation",
    "CognitoEmailOtpMessage": "one-time sign-in",
    "sign-up": "sign-up",
    "reset": "password reset",
    "email": "new address",
}
# Where the pages that take the codes are; empty if there are none.
_PAGES_URL = os.environ.get("PAGES_URL", "")
_LOCAL_NAMES = os.environ.get("LOCAL_NAMES", "").encode()
_OWN_NAMES = {b"127.0.0.1", b"localhost", b"[::1]", *(name for name in _LOCAL_NAMES.split(b",") if name)}
_CODE = re.compile(r"\b\d{6}\b")

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[Json]]
Send = Callable[[Json], Awaitable[None]]
Asgi = Callable[[Scope, Receive, Send], Awaitable[None]]


def with_mailbox(app: Asgi) -> Asgi:
    """Return ``app`` with the mailbox at ``/`` and ``/messages``."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not _is_own_name(scope):
            await _answer(send, 421, b"text/plain", b"Only requests to localhost and 127.0.0.1 are accepted.\n")
        elif scope["type"] == "http" and (_is_foreign(scope) or scope["path"] == "/_ministack/reset"):
            await _answer(send, 403, b"text/plain", b"Only requests from pages of this machine are accepted.\n")
        elif scope["type"] == "http" and scope["method"] == "GET" and scope["path"] == "/" and not _is_signed(scope):
            await _answer(send, 200, b"text/html; charset=utf-8", _PAGE)
        elif scope["type"] == "http" and scope["method"] == "GET" and scope["path"] == "/messages":
            wanted = parse_qs(scope["query_string"].decode("ascii", "replace")).get("to", [""])[0]
            await _answer(
                send, 200, b"application/json", json.dumps({"messages": messages(wanted), "pages": _PAGES_URL}).encode()
            )
        else:
            await app(scope, receive, send)

    return serve


def deliver(  # noqa: PLR0913 - ministack's signature
    pool: Json, to: str, subject: str, text: str, *, type_name: str, extra: Json
) -> None:
    """Store a mail in the pool's record, which is saved with the pool; replaces ministack's mail sender."""
    kind = _KINDS.get(extra.get("AttributeName", type_name), type_name)
    code = _temporary_password(pool, to, text) if kind == "invitation" else _code_in(text)
    mails: list[Json] = pool.setdefault(records.MAILS, [])
    mails.append({"to": to, "kind": kind, "code": code, "time": _now(), "subject": subject, "text": text})
    del mails[:-_MOST]


def messages(to: str = "") -> list[Json]:
    """Return the mails, newest first (to, kind, code, time, subject, text); if ``to`` is set, only mails to it."""
    pools = [pool for _, pool in cognito._user_pools.all_items()]
    mails: list[Json] = [mail for pool in pools for mail in pool.get(records.MAILS, [])]
    shown = [mail for mail in mails if not to or mail["to"].casefold() == to.casefold()]
    return sorted(shown, key=lambda mail: mail["time"], reverse=True)


def _code_in(text: str) -> str | None:
    found = _CODE.search(text)
    return found[0] if found else None


def _temporary_password(pool: Json, to: str, text: str) -> str | None:
    user = find_user(pool, to)
    password = user.get("_password") if user else None
    return password if password and password in text else None


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")


def _is_own_name(scope: Scope) -> bool:
    hosts = [value for name, value in scope["headers"] if name == b"host"]
    return len(hosts) == 1 and re.sub(rb":\d+$", b"", hosts[0]) in _OWN_NAMES


def _is_foreign(scope: Scope) -> bool:
    """Return whether a page of another machine sent this; browsers send a simple POST without a preflight."""
    origins = [value for name, value in scope["headers"] if name == b"origin"]
    return any(re.sub(rb"^https?://|:\d+$", b"", origin) not in _OWN_NAMES for origin in origins)


def _is_signed(scope: Scope) -> bool:
    # GET / with a signature is S3's ListBuckets.
    return any(name == b"authorization" for name, _ in scope["headers"])


async def _answer(send: Send, status: int, content_type: bytes, body: bytes) -> None:
    headers = [
        (b"content-type", content_type),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        (b"content-security-policy", _POLICY),
        (b"x-content-type-options", b"nosniff"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _hash_of(tag: bytes) -> bytes:
    inline = _PAGE.partition(b"<" + tag + b">")[2].partition(b"</" + tag + b">")[0]
    return b"'sha256-" + base64.b64encode(hashlib.sha256(inline).digest()) + b"'"


_POLICY = b"default-src 'none'; connect-src 'self'; script-src %b; style-src %b; frame-ancestors 'none'" % (
    _hash_of(b"script"),
    _hash_of(b"style"),
)
