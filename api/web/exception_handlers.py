"""Exception handlers: errors of FastAPI and the services as problem details."""

import logging
import re
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from starlette.exceptions import HTTPException
from starlette.routing import Match, Route

from api import errors
from api.errors import AuthError, ClientRejected, FieldError, ServerMisconfigured, ValidationFailed
from api.web.field_texts import text_of
from api.web.problems import HTTP_PROBLEMS, PROBLEMS, fields_of, problem_response, problem_type_of
from cognito_tokens import TokenError
from cognito_tokens import errors as token_errors

logger = logging.getLogger(__name__)

# What the token library refuses, in the words of this API; other classes have problem types of their own.
_PROBLEM_OF_STATUS: dict[int, type[AuthError | TokenError]] = {
    401: errors.InvalidToken,
    403: token_errors.InsufficientScope,
    503: errors.UpstreamUnavailable,
}
# pydantic lists the tag of a union member in the location, as if it were a field.
_UNION_TAG = re.compile(r"[A-Z][A-Z_]*")
_FIELD_NAME = re.compile(r"[a-z][a-zA-Z0-9_]{0,39}")


def add_exception_handlers(app: FastAPI) -> None:
    """Return every error of ``app`` as application/problem+json."""
    app.add_exception_handler(AuthError, _auth_error)
    app.add_exception_handler(TokenError, _token_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(HTTPException, _http_exception)


async def _auth_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, AuthError)  # noqa: S101 - registered for this type only
    if isinstance(error, ServerMisconfigured):
        logger.error("misconfigured: %s", type(error).__name__)
    if isinstance(error, ClientRejected):
        # No request of a user can cause it, so it concerns all of them.
        request.app.state.readiness.record_misconfiguration()
    problem = problem_type_of(error)
    response = problem_response(request, problem, fields_of(error))
    response = _at_page(request, problem.slug) or response
    for cookie in getattr(request.state, "error_cookies", ()):
        response.headers.append("set-cookie", cookie)
    return response


def _at_page(request: Request, slug: str) -> Response | None:
    """Return a redirect to the page for people that the route has named for its errors, if any."""
    page: str | None = getattr(request.state, "error_url", None)
    separator = "&" if page and "?" in page else "?"
    return RedirectResponse(f"{page}{separator}error={slug}", 302) if page else None


async def _token_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, TokenError)  # noqa: S101 - registered for this type only
    logger.info("token refused: %s: %s", type(error).__name__, error)
    problem = PROBLEMS.get(type(error)) or PROBLEMS[_PROBLEM_OF_STATUS[error.status]]
    response = problem_response(request, problem)
    if error.www_authenticate:
        response.headers["WWW-Authenticate"] = error.www_authenticate
    return response


async def _validation_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this type only
    fields = tuple(FieldError(_pointer(row), text_of(row)) for row in error.errors())
    return problem_response(request, PROBLEMS[ValidationFailed], fields)


async def _http_exception(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this type only
    response = problem_response(request, HTTP_PROBLEMS[error.status_code])
    response.headers.update(error.headers or {})
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        # Starlette lists only the methods of the first matching route.
        response.headers["Allow"] = ", ".join(sorted(_methods_of(request)))
    return response


def _methods_of(request: Request) -> set[str]:
    routes = [route for route in request.app.routes if isinstance(route, Route)]
    path = next(route.path for route in routes if route.matches(request.scope)[0] is not Match.NONE)
    found = {method for route in routes if route.path == path for method in route.methods or ()}
    return found | {"HEAD"} if "GET" in found else found


def _pointer(row: dict[str, Any]) -> str:
    # The first part is the source of the field: body, header, query or path.
    location = [str(part) for part in row["loc"][1:]]
    names = location[-1:] if row["type"] == "extra_forbidden" else []
    if "[key]" in location:
        names = location[location.index("[key]") - 1 :]
    # A name sent by the client could be anything, even a password.
    shown = [name for name in names if _FIELD_NAME.fullmatch(name) and row["type"] == "extra_forbidden"]
    fields = [part for part in location[: len(location) - len(names)] if not _UNION_TAG.fullmatch(part)]
    if row["type"] in {"union_tag_invalid", "union_tag_not_found"}:
        fields.append(row["ctx"]["discriminator"].strip("'"))
    return "".join(f"/{part}" for part in [*fields, *shown])
