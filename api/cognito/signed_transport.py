"""Transport for calls signed with AWS credentials: boto3 in a few threads, one deadline per call.

boto3 is not imported and no credentials are looked up before the first call.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from api.cognito import wire
from api.cognito.error_map import EXCEPTIONS
from api.cognito.errors import CognitoError
from api.errors import (
    AuthError,
    CredentialsMissing,
    FieldError,
    UpstreamInvalidResponse,
    UpstreamTimeout,
    UpstreamUnavailable,
    ValidationFailed,
)
from api.telemetry.calls import Call
from cognito_tokens.http_client import LARGEST_BODY, HttpResponse

_THREADS = 8
_NO_SUCCESS = 300


class SignedClient:
    """Calls operations with the AWS credentials of this process."""

    def __init__(self, endpoint: str, region: str, deadline: float) -> None:
        """Send calls to ``endpoint``; each may take ``deadline`` seconds."""
        self._endpoint = endpoint
        self._region = region
        self._deadline = deadline
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="administration")
        self._client: Any = None

    async def call(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        """Call ``operation`` and return its response.

        Raises ``CognitoError`` for an error response, ``CredentialsMissing`` without usable AWS credentials,
        ``ValidationFailed`` for a request that botocore's model rejects, and ``UpstreamTimeout``,
        ``UpstreamUnavailable`` or ``UpstreamInvalidResponse`` as ``CognitoClient`` does.
        """
        call, outcome, sent = Call(operation), "failure", False
        try:
            async with asyncio.timeout(self._deadline):
                answer = await asyncio.get_running_loop().run_in_executor(self._threads, self._call, operation, request)
            outcome = "success"
            # Its response does not say so: the invitation is sent, unless it is suppressed.
            sent = operation == "AdminCreateUser" and request.get("MessageAction") != "SUPPRESS"
        except TimeoutError:
            outcome = "timeout"
            raise UpstreamTimeout(operation) from None
        except CognitoError as error:
            outcome = error.code if error.code in EXCEPTIONS else str(error.status)
            raise
        except AuthError as error:
            # botocore's class: no connection, a proxy, TLS, no credentials.
            outcome = type(error.__cause__ or error).__name__
            raise
        finally:
            call.end(outcome, 1, sent=sent)
        return answer

    async def aclose(self) -> None:
        """Close the connections without waiting for calls in progress."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        if self._client is not None:
            self._client.close()

    def _call(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        from botocore import exceptions, xform_name  # noqa: PLC0415 - 28 MB that most deployments never need

        try:
            method: Callable[..., dict[str, Any]] = getattr(self._open(), xform_name(operation))
            answer = method(**request)
        except exceptions.ClientError as error:
            raise _error_of(error.response) from None
        except _no_credentials(exceptions) as error:
            raise CredentialsMissing from error
        except exceptions.ParamValidationError:
            raise ValidationFailed(FieldError("", "The request does not match Cognito's model.")) from None
        except (exceptions.HTTPClientError, exceptions.ConnectionError) as error:
            raise UpstreamUnavailable(operation) from error
        except (exceptions.BotoCoreError, AttributeError, TypeError, ValueError) as error:
            # botocore fails this way on JSON that is not an object.
            raise UpstreamInvalidResponse(operation) from error
        answer.pop("ResponseMetadata", None)
        return answer

    def _open(self) -> Any:  # noqa: ANN401 - botocore creates the class at run time
        if self._client is None:
            import boto3  # noqa: PLC0415 - as above
            from botocore.config import Config  # noqa: PLC0415 - as above

            config = Config(
                # No retries: if a response is lost, a second attempt cannot tell what the first one did.
                retries={"total_max_attempts": 1},
                connect_timeout=2,
                read_timeout=self._deadline,
                max_pool_connections=_THREADS,
            )
            # Not boto3's default session: it lives as long as the process, and so do its credentials.
            self._client = boto3.Session().client(  # pyright: ignore[reportUnknownMemberType] - only the stubs of some services are installed
                "cognito-idp", region_name=self._region, endpoint_url=self._endpoint, config=config
            )
            # botocore treats an HTML page, a truncated body or JSON that is not an object as an empty success.
            self._client.meta.events.register("after-call.cognito-idp", _require_answer)
        return self._client


def _no_credentials(exceptions: Any) -> tuple[type[Exception], ...]:  # noqa: ANN401 - a module, imported lazily
    """Return the exceptions that botocore raises if credentials are missing or unusable."""
    return (
        exceptions.CredentialRetrievalError,
        exceptions.NoCredentialsError,
        exceptions.PartialCredentialsError,
        exceptions.ProfileNotFound,
        exceptions.SSOError,
        exceptions.TokenRetrievalError,
    )


def _require_answer(http_response: Any, model: Any, **_: object) -> None:  # noqa: ANN401 - botocore's own types
    """Check a success as the unsigned transport does, but its size after reading; raise ``UpstreamInvalidResponse``."""
    if http_response.status_code >= _NO_SUCCESS:
        return
    headers = {name.lower(): value for name, value in http_response.headers.items()}
    # botocore has read the whole body; it does not notice a body that was cut off before its first byte.
    is_whole = http_response.content or headers.get("content-length") == "0" or "transfer-encoding" in headers
    if not is_whole or len(http_response.content) > LARGEST_BODY:
        raise UpstreamInvalidResponse(model.name)
    wire.read(model.name, HttpResponse(http_response.status_code, headers, http_response.content))


def _error_of(response: Any) -> CognitoError:  # noqa: ANN401 - botocore's dictionary
    error: dict[str, str] = response.get("Error", {})
    status = int(response.get("ResponseMetadata", {}).get("HTTPStatusCode", 500))
    return CognitoError(status, error.get("Code", ""), error.get("Message", ""))
