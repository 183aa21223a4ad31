"""One HTTP exchange with Cognito: JSON 1.1 out, a strict reading of what comes back."""

from functools import cache
from typing import Any

import aiohttp
from multidict import CIMultiDict, CIMultiDictProxy
from pydantic_core import to_json
from yarl import URL

from api import strict_json
from api.cognito.errors import CognitoError
from api.errors import UpstreamInvalidResponse

_TARGET = "AWSCognitoIdentityProviderService"
_CONTENT_TYPE = "application/x-amz-json-1.1"
_ACCEPTED = {_CONTENT_TYPE, "application/x-amz-json-1.0", "application/json"}
_LARGEST_ANSWER = 1024 * 1024


def encode(request: dict[str, Any]) -> bytes:
    """Return the body of a request."""
    return to_json(request)


async def post(session: aiohttp.ClientSession, endpoint: URL, operation: str, body: bytes) -> dict[str, Any]:
    """Send one request and return the answer.

    Raises ``CognitoError`` for an error answer, ``UpstreamInvalidResponse`` for a success that is not a JSON object
    of at most 1 MiB, and what aiohttp raises.
    """
    async with session.post(endpoint, data=body, headers=_headers(operation), allow_redirects=False) as response:
        return _read(operation, response, await _body(operation, response))


@cache
def _headers(operation: str) -> CIMultiDictProxy[str]:
    # All that aiohttp would add by itself, so that it need not look.
    headers = {
        "X-Amz-Target": f"{_TARGET}.{operation}",
        "Content-Type": _CONTENT_TYPE,
        "Accept": "application/json",
        "Accept-Encoding": "identity",
        "User-Agent": "cognito-sign-in",
    }
    return CIMultiDictProxy(CIMultiDict(headers))


async def _body(operation: str, response: aiohttp.ClientResponse) -> bytes:
    # A length that is announced is kept to by aiohttp; only without one can a body grow.
    if (response.content_length or _LARGEST_ANSWER) < _LARGEST_ANSWER and "Content-Encoding" not in response.headers:
        return await response.read()
    body = b""
    while chunk := await response.content.readany():
        body += chunk
        if len(body) > _LARGEST_ANSWER:
            raise UpstreamInvalidResponse(operation)
    return body


def _read(operation: str, response: aiohttp.ClientResponse, body: bytes) -> dict[str, Any]:
    content_type = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    answer = _json_object(body) if content_type in _ACCEPTED else None
    if response.status >= 400:  # noqa: PLR2004 - HTTP
        raise _error(response, answer or {})
    if response.status != 200 or answer is None:  # noqa: PLR2004 - HTTP
        raise UpstreamInvalidResponse(operation)
    return answer


def _json_object(body: bytes) -> dict[str, Any] | None:
    try:
        answer = strict_json.loads(body)
    except ValueError:
        return None
    return answer if strict_json.is_object(answer) else None


def _error(response: aiohttp.ClientResponse, answer: dict[str, Any]) -> CognitoError:
    kind = str(answer.get("__type") or response.headers.get("x-amzn-ErrorType") or "")
    code = kind.rpartition("#")[2].partition(":")[0]
    message = str(answer.get("message") or answer.get("Message") or "")
    return CognitoError(response.status, code if code.isidentifier() else "", message)
