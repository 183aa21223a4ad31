"""The transport: one unsigned JSON POST per operation, one deadline, a strict reading of the answer.

The operations of a signed-out or signed-in user carry no AWS signature: botocore's model marks them
``"auth": ["smithy.api#noAuth"]``. So there are no AWS credentials here, and nothing looks for any.
"""

import asyncio
import json
import logging
from time import perf_counter
from typing import Any

import aiohttp

from api import strict_json
from api.errors import UpstreamInvalidResponse, UpstreamTimeout, UpstreamUnavailable

logger = logging.getLogger(__name__)

_TARGET = "AWSCognitoIdentityProviderService"
_CONTENT_TYPES = {"application/x-amz-json-1.1", "application/x-amz-json-1.0", "application/json"}
_LARGEST_ANSWER = 1024 * 1024


class CognitoError(Exception):
    """An error answer of Cognito. ``message`` is upstream text: never log it, never pass it on."""

    def __init__(self, status: int, code: str, message: str) -> None:
        """Carry the HTTP status, the exception's name and its message."""
        super().__init__(code)
        self.status = status
        self.code = code
        self.message = message


class CognitoClient:
    """Calls operations at one endpoint over one connection pool."""

    def __init__(self, session: aiohttp.ClientSession, endpoint: str, deadline: float) -> None:
        """Use ``session`` for requests to ``endpoint``; ``deadline`` is the seconds an operation may take."""
        self._session = session
        self._endpoint = endpoint
        self._deadline = deadline

    async def call(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        """Call ``operation`` and return its answer.

        Raises ``CognitoError`` for an error answer, ``UpstreamTimeout``, ``UpstreamUnavailable`` when there is
        none, and ``UpstreamInvalidResponse`` for one that is not a JSON object of at most 1 MiB.
        """
        start = perf_counter()
        outcome = "cancelled"
        try:
            async with asyncio.timeout(self._deadline):
                answer = await self._send(operation, request)
            outcome = "success"
        except TimeoutError:
            outcome = "timeout"
            raise UpstreamTimeout(operation) from None
        except aiohttp.ClientPayloadError as error:
            outcome = "truncated"
            raise UpstreamInvalidResponse(operation) from error
        except aiohttp.ClientError as error:
            outcome = type(error).__name__
            raise UpstreamUnavailable(operation) from error
        except CognitoError as error:
            outcome = error.code
            raise
        except UpstreamInvalidResponse:
            outcome = "invalid-response"
            raise
        finally:
            milliseconds = round((perf_counter() - start) * 1000, 1)
            logger.info("cognito", extra={"operation": operation, "outcome": outcome, "upstream_ms": milliseconds})
        return answer

    async def _send(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        headers = {"X-Amz-Target": f"{_TARGET}.{operation}", "Content-Type": "application/x-amz-json-1.1"}
        data = json.dumps(request, ensure_ascii=False).encode()
        async with self._session.post(self._endpoint, data=data, headers=headers, allow_redirects=False) as response:
            body = await response.content.read(_LARGEST_ANSWER)
            while chunk := await response.content.readany():
                body += chunk
                if len(body) > _LARGEST_ANSWER:
                    raise UpstreamInvalidResponse(operation)
        return _read(operation, response, body)


def _read(operation: str, response: aiohttp.ClientResponse, body: bytes) -> dict[str, Any]:
    answer = _json_object(body) if response.content_type in _CONTENT_TYPES else None
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
