"""Wire format of Cognito: AWS JSON 1.1 requests and strict parsing of the responses."""

from typing import Any

from pydantic_core import to_json

from api.cognito.errors import CognitoError
from api.errors import UpstreamInvalidResponse
from cognito_tokens import strict_json
from cognito_tokens.http_client import HttpClient, HttpResponse

# Operations without output in botocore's model: a success has an empty body (API pages). No other body may be empty.
VOID = {
    "AdminAddUserToGroup",
    "AdminDeleteUser",
    "AdminRemoveUserFromGroup",
    "DeleteGroup",
    "DeleteUser",
    "ForgetDevice",
}
_OK = 200
_ERROR_TYPE = "x-amzn-errortype"
_TARGET = "AWSCognitoIdentityProviderService"
_CONTENT_TYPE = "application/x-amz-json-1.1"
_ACCEPTED = {_CONTENT_TYPE, "application/x-amz-json-1.0", "application/json"}


def head(client: HttpClient, operation: str) -> bytes:
    """Return the request line and headers shared by all requests of ``operation``."""
    target = f"{_TARGET}.{operation}"
    headers = {"X-Amz-Target": target, "Content-Type": _CONTENT_TYPE, "User-Agent": "cognito-sign-in"}
    return client.head("POST", "/", headers)


def encode(request: dict[str, Any]) -> bytes:
    """Return the JSON body of a request."""
    return to_json(request)


def read(operation: str, response: HttpResponse) -> dict[str, Any]:
    """Return the JSON object of a successful response.

    Raises ``CognitoError`` for an error response, and ``UpstreamInvalidResponse`` for a success that is not a JSON
    object.
    """
    content_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if operation in VOID and not response.body and content_type in {"", *_ACCEPTED}:
        answer = {}
    else:
        answer = _json_object(response.body) if content_type in _ACCEPTED else None
    if response.status >= 400:  # noqa: PLR2004 - HTTP
        raise _error(response, answer or {})
    # A response that names an exception is not a success, whatever its status.
    if response.status != _OK or answer is None or "__type" in answer or _ERROR_TYPE in response.headers:
        raise UpstreamInvalidResponse(operation)
    return answer


def has_sent(answer: dict[str, Any]) -> bool:
    """Return whether the response says that a mail or a text message was sent (API pages, CodeDeliveryDetails)."""
    parameters = answer.get("ChallengeParameters")
    return bool(
        answer.get("CodeDeliveryDetails")
        or answer.get("CodeDeliveryDetailsList")
        or (isinstance(parameters, dict) and "CODE_DELIVERY_DELIVERY_MEDIUM" in parameters)
    )


def _json_object(body: bytes) -> dict[str, Any] | None:
    try:
        answer = strict_json.loads(body)
    except ValueError:
        return None
    return answer if strict_json.is_object(answer) else None


def _error(response: HttpResponse, answer: dict[str, Any]) -> CognitoError:
    kind = str(answer.get("__type") or response.headers.get(_ERROR_TYPE) or "")
    code = kind.rpartition("#")[2].partition(":")[0]
    message = str(answer.get("message") or answer.get("Message") or "")
    return CognitoError(response.status, code if code.isidentifier() else "", message)
