"""Problem details (RFC 9457), and the table that maps errors to HTTP responses.

``docs/problems.md`` has a heading for each slug; a test compares the two.
"""

from dataclasses import dataclass, replace
from functools import cache
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from api import errors
from api.errors import AuthError, FieldError, TooFast, ValidationFailed
from api.telemetry.request_context import note
from cognito_tokens import errors as token_errors
from cognito_tokens.errors import TokenError

DEFAULT_BASE_URI = "urn:problem-type:cognito-sign-in:"
MEDIA_TYPE = "application/problem+json"
_LOCK_OUT_SECONDS = 900


@dataclass(frozen=True)
class ProblemType:
    """Problem type of an error; ``retry_after`` is in seconds, ``challenge`` is the WWW-Authenticate value."""

    slug: str
    status: HTTPStatus
    detail: str
    retry_after: int | None = None
    challenge: str | None = None

    @property
    def title(self) -> str:
        """Title derived from the slug, the same for every occurrence of the type."""
        return self.slug.replace("-", " ").capitalize()


_S = HTTPStatus
_INVALID_TOKEN = 'Bearer error="invalid_token"'

_UNAVAILABLE = ProblemType(
    "upstream-unavailable", _S(503), "An upstream service is unavailable; try again.", retry_after=2
)
_NO_STATE = replace(_UNAVAILABLE, detail="The state store is unavailable; try again.")
_MISCONFIGURED = ProblemType("server-misconfigured", _S(500), "The service is misconfigured; contact its operator.")
PROBLEMS: dict[type[AuthError | TokenError], ProblemType] = {
    errors.ValidationFailed: ProblemType("validation-failed", _S(422), "The request is not valid for this operation."),
    errors.InvalidPassword: ProblemType("invalid-password", _S(422), "The password does not meet the password policy."),
    errors.PasswordReused: ProblemType("password-reused", _S(422), "The password was used before; choose another."),
    errors.InvalidCode: ProblemType("invalid-code", _S(400), "The code is wrong, used or expired; request a new one."),
    errors.UnsupportedTokenType: ProblemType("unsupported-token-type", _S(400), "Only a refresh token can be revoked."),
    errors.OAuthFailed: ProblemType("oauth-failed", _S(400), "The sign-in failed; start again at /oauth/login."),
    errors.OAuthDenied: ProblemType("oauth-denied", _S(403), "The sign-in was declined at the sign-in page."),
    errors.OAuthInteractionRequired: ProblemType(
        "oauth-interaction-required", _S(403), "The user must sign in; start again without prompt=none."
    ),
    errors.PasskeyChallengeExpired: ProblemType(
        "passkey-challenge-expired", _S(400), "The registration has expired; start it again."
    ),
    errors.PasskeyNotSupported: ProblemType("passkey-not-supported", _S(422), "This authenticator is not supported."),
    errors.PasskeyRejected: ProblemType(
        "passkey-rejected", _S(403), "The passkey belongs to another origin, client or relying party."
    ),
    errors.InvalidCredentials: ProblemType(
        "invalid-credentials",
        _S(401),
        "The address, password or passkey is wrong, the address is not verified (POST /verify/resend), or a password "
        "must be set first (POST /password/forgot).",
        challenge="Bearer",
    ),
    # RFC 6750, section 3.1: no error code when the request lacks any authentication information.
    token_errors.TokenMissing: ProblemType(
        "invalid-token", _S(401), "An access token is required.", challenge="Bearer"
    ),
    errors.InvalidToken: ProblemType(
        "invalid-token", _S(401), "The token is invalid, expired or revoked.", challenge=_INVALID_TOKEN
    ),
    errors.SessionEnded: ProblemType(
        "session-ended", _S(401), "The session has ended; log in again.", challenge=_INVALID_TOKEN
    ),
    token_errors.LoginTooOld: ProblemType(
        "login-too-old", _S(401), "This operation requires a recent login; log in again.", challenge="Bearer"
    ),
    errors.ChallengeExpired: ProblemType(
        "challenge-expired", _S(401), "The challenge has expired; log in again.", challenge="Bearer"
    ),
    errors.ChallengeCodeMismatch: ProblemType(
        "invalid-code", _S(401), "The code is wrong; try again.", challenge="Bearer"
    ),
    token_errors.InsufficientScope: ProblemType(
        "insufficient-scope", _S(403), "The token lacks a required scope or group."
    ),
    errors.EmailNotVerified: ProblemType(
        "email-not-verified", _S(403), "Verify the e-mail address first: POST /verify."
    ),
    errors.PasswordResetRequired: ProblemType(
        "password-reset-required",
        _S(403),
        "Set a password: POST /password/reset with the code from the e-mail; POST /password/forgot sends one.",
    ),
    errors.ActionRejected: ProblemType("action-rejected", _S(403), "A rule of this service rejected the request."),
    errors.CrossSiteRequest: ProblemType(
        "cross-site-request", _S(403), "Send the request from a page of this origin, or one of CORS_ORIGINS."
    ),
    errors.CsrfTokenRefused: ProblemType(
        "cross-site-request", _S(403), "Send the session's CSRF token in the header X-CSRF-Token."
    ),
    errors.RequestBlocked: ProblemType("request-blocked", _S(403), "The request was blocked."),
    errors.EmailInUse: ProblemType("email-in-use", _S(409), "Another account has this e-mail address."),
    errors.ResourceMissing: ProblemType("not-found", _S(404), "The resource does not exist."),
    errors.Conflict: ProblemType("conflict", _S(409), "The resource already exists, or its state does not allow this."),
    errors.MfaNotEnrolled: ProblemType("mfa-not-enrolled", _S(409), "This second factor is not set up."),
    errors.ChallengeNotSupported: ProblemType(
        "challenge-not-supported", _S(501), "The sign-in requires a challenge that this API does not support."
    ),
    errors.FeatureNotEnabled: ProblemType(
        "feature-not-enabled", _S(409), "This deployment does not support this operation."
    ),
    errors.AdministrationNotEnabled: ProblemType(
        "feature-not-enabled", _S(409), "Administration is disabled: ADMIN_GROUP is not set."
    ),
    errors.CredentialsMissing: ProblemType(
        "feature-not-enabled", _S(501), "Administration requires AWS credentials, and this API has no valid ones."
    ),
    errors.TooManyAttempts: ProblemType(
        "too-many-attempts", _S(429), "Too many attempts; try again later.", retry_after=_LOCK_OUT_SECONDS
    ),
    errors.RateLimited: ProblemType("rate-limited", _S(429), "Too many requests; slow down.", retry_after=1),
    errors.ServerMisconfigured: _MISCONFIGURED,
    errors.ClientRejected: _MISCONFIGURED,
    errors.DeliveryMisconfigured: _MISCONFIGURED,
    errors.AdministrationRefused: ProblemType(
        "server-misconfigured",
        _S(500),
        "The API's AWS credentials do not allow this operation; `python -m api.iam` prints the policy that they need.",
    ),
    errors.PoolFeatureMissing: ProblemType(
        "feature-not-enabled", _S(409), "The user pool does not offer this operation."
    ),
    errors.CodeDeliveryFailed: ProblemType(
        "code-delivery-failed", _S(503), "The code could not be sent; try again later.", retry_after=60
    ),
    errors.UpstreamInvalidResponse: ProblemType(
        "upstream-invalid-response", _S(502), "The identity provider returned an invalid response."
    ),
    errors.UpstreamUnavailable: _UNAVAILABLE,
    errors.StateUnavailable: _NO_STATE,
    token_errors.RevocationsUnavailable: _NO_STATE,
    errors.Overloaded: _UNAVAILABLE,
    errors.UpstreamTimeout: ProblemType(
        "upstream-timeout", _S(504), "The identity provider did not respond in time; try again.", retry_after=2
    ),
}

HTTP_PROBLEMS: dict[int, ProblemType] = {
    row.status: row
    for row in (
        ProblemType("bad-request", _S(400), "The request cannot be read."),
        ProblemType("not-found", _S(404), "No resource exists at this path."),
        ProblemType("method-not-allowed", _S(405), "This path does not support this method."),
        ProblemType("request-timeout", _S(408), "The body did not arrive in time."),
        ProblemType("payload-too-large", _S(413), "The body is larger than 16 KiB."),
        ProblemType("unsupported-media-type", _S(415), "Send the body as application/json."),
        ProblemType(
            "internal-error", _S(500), "An unexpected error occurred; quote the request id when you report it."
        ),
    )
}


NOT_READY = ProblemType("not-ready", _S(503), "The service is not ready to handle requests.", retry_after=10)


class FieldProblem(BaseModel):
    """A rejected field, without its value."""

    pointer: Annotated[str, Field(description="JSON Pointer (RFC 6901) into the body.", examples=["/email"])]
    detail: Annotated[str, Field(description="What is allowed.")]


class Problem(BaseModel):
    """Problem details (RFC 9457, section 3.1)."""

    type: Annotated[str, Field(description="URI that ends in the problem's slug.")]
    title: str
    status: int
    detail: str
    instance: Annotated[str, Field(description="The request id, as in X-Request-ID.")]
    errors: list[FieldProblem] | None = None


def problem_response(request: Request, row: ProblemType, fields: tuple[FieldError, ...] = ()) -> JSONResponse:
    """Return ``row`` as application/problem+json, with its Retry-After and WWW-Authenticate headers."""
    note(problem=row.slug)
    body = _body(row, request.app.state.problem_base_uri, request.state.request_id)
    if fields:
        body["errors"] = [field._asdict() for field in fields]
    headers: dict[str, str] = {}
    if row.retry_after is not None:
        headers["Retry-After"] = str(row.retry_after)
    if row.challenge:
        headers["WWW-Authenticate"] = row.challenge
    return JSONResponse(body, row.status, headers, media_type=MEDIA_TYPE)


def problem_type_of(error: AuthError) -> ProblemType:
    """Return the problem type of an error."""
    row = PROBLEMS[type(error)]
    seconds = error.retry_after if isinstance(error, TooFast) else None
    return replace(row, retry_after=seconds) if seconds else row


def fields_of(error: AuthError) -> tuple[FieldError, ...]:
    """Return the rejected fields of an error; most errors have none."""
    return error.errors if isinstance(error, ValidationFailed) else ()


def problem_responses(*situations: type[AuthError | TokenError]) -> dict[int | str, dict[str, Any]]:
    """Return OpenAPI's ``responses`` for an operation: its ``situations`` and the errors common to all operations."""
    return documented(
        HTTP_PROBLEMS[408],
        HTTP_PROBLEMS[413],
        HTTP_PROBLEMS[415],
        *(PROBLEMS[error] for error in (*situations, *_ALWAYS)),
    )


def documented(*rows: ProblemType) -> dict[int | str, dict[str, Any]]:
    """Return OpenAPI's ``responses`` for ``rows``: application/problem+json, with an example for each row."""
    return {
        status: _documented(status, tuple(row for row in rows if row.status == status)) for status in _statuses(rows)
    }


def add_problem_schemas(openapi: dict[str, Any]) -> None:
    """Add the schemas referenced by ``documented`` to an OpenAPI document."""
    schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    nested = schema.pop("$defs")
    openapi.setdefault("components", {}).setdefault("schemas", {}).update({"Problem": schema, **nested})


_ALWAYS = (
    # When cookie sessions are enabled.
    errors.CrossSiteRequest,
    errors.CsrfTokenRefused,
    errors.ValidationFailed,
    errors.RateLimited,
    errors.RequestBlocked,
    errors.ServerMisconfigured,
    # Cognito does not have the operation in this region, or not yet.
    errors.FeatureNotEnabled,
    errors.UpstreamInvalidResponse,
    errors.UpstreamUnavailable,
    errors.UpstreamTimeout,
)


def _statuses(rows: tuple[ProblemType, ...]) -> list[int]:
    return list(dict.fromkeys(row.status.value for row in rows))


@cache
def _documented(status: int, rows: tuple[ProblemType, ...]) -> dict[str, Any]:
    """Return one response; cached and shared between routes, because copies would take a megabyte."""
    examples = {row.slug: {"summary": row.detail, "value": _example(row)} for row in rows}
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}, "examples": examples}}
    return {"description": HTTPStatus(status).phrase, "content": content}


@cache
def _example(row: ProblemType) -> dict[str, Any]:
    return _body(row, DEFAULT_BASE_URI, "4f1c0a9be2d84c6f9a1d7b3e5c20f861")


def _body(row: ProblemType, base_uri: str, request_id: str) -> dict[str, Any]:
    return {
        "type": f"{base_uri}{row.slug}",
        "title": row.title,
        "status": row.status.value,
        "detail": row.detail,
        "instance": request_id,
    }
