"""Endpoints of the routes: from a request to a page, whatever the request is."""

import asyncio
from collections.abc import Awaitable, Callable
from http import HTTPStatus

from fastapi import Request, Response
from starlette.exceptions import HTTPException

from api.pages.client import Answer
from api.pages.forms import read_form
from api.pages.view import View
from api.web import time_budget
from api.web.problems import HTTP_PROBLEMS

Handler = Callable[[View], Awaitable[Response]]


def endpoint(handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    """Return the endpoint of a route for ``handler``."""

    async def respond(request: Request) -> Response:
        try:
            form = await read_form(request) if request.method == "POST" else {}
        except HTTPException as error:
            return await problem_page(request, error)
        view = View(request, form)
        try:
            async with asyncio.timeout(time_budget.PAGE_SECONDS):
                return await handler(view)
        except TimeoutError:
            return await view.page("problem.html", Answer(HTTPStatus.GATEWAY_TIMEOUT, problem="upstream-timeout"))

    return respond


async def problem_page(request: Request, error: HTTPException) -> Response:
    """Return the page for what is no form, or no page."""
    problem = HTTP_PROBLEMS[error.status_code]
    response = await View(request, {}).page("problem.html", Answer(problem.status, problem=problem.slug))
    response.headers.update(error.headers or {})
    return response
