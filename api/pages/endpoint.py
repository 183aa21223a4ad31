"""Endpoints of the routes: from a request to a page, whatever the request is."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from http import HTTPStatus

from fastapi import Request, Response
from starlette.exceptions import HTTPException

from api.pages.client import Answer
from api.pages.forms import read_form
from api.pages.view import View
from api.web import time_budget
from api.web.problems import HTTP_PROBLEMS

logger = logging.getLogger(__name__)

Handler = Callable[[View], Awaitable[Response]]


def endpoint(handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    """Return the endpoint of a route for ``handler``."""

    async def respond(request: Request) -> Response:
        try:
            form = await read_form(request) if request.method == "POST" else {}
        except HTTPException as error:
            return await problem_page(request, error)
        view = View(request, form)
        if view.is_foreign:
            return await view.page("problem.html", Answer(HTTPStatus.FORBIDDEN, problem="cross-site-request"))
        try:
            async with asyncio.timeout(time_budget.PAGE_SECONDS):
                return await handler(view)
        except TimeoutError:
            return await view.page("problem.html", Answer(HTTPStatus.GATEWAY_TIMEOUT, problem="upstream-timeout"))
        except Exception:
            logger.exception("unhandled error")
            return await view.page("problem.html", Answer(HTTPStatus.INTERNAL_SERVER_ERROR, problem="internal-error"))

    return respond


async def problem_page(request: Request, error: HTTPException) -> Response:
    """Return the page for a request that cannot be read, or an unknown path."""
    problem = HTTP_PROBLEMS[error.status_code]
    response = await View(request, {}).page("problem.html", Answer(problem.status, problem=problem.slug))
    response.headers.update(error.headers or {})
    return response
