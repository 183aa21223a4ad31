"""/openapi.json, generated once and kept as bytes, and /docs, a page that shows it."""

import json
from collections.abc import Callable
from functools import cache
from typing import Any

from fastapi import Request, Response
from fastapi.openapi.docs import get_swagger_ui_html
from starlette.routing import BaseRoute, Route


def documentation_routes(openapi: Callable[[], dict[str, Any]], title: str, *, page: bool) -> list[BaseRoute]:
    """Return the routes of the OpenAPI document, and with ``page`` that of the page."""

    @cache
    def document(prefix: str) -> bytes:
        servers = {"servers": [{"url": prefix}]} if prefix else {}
        return json.dumps({**openapi(), **servers}, separators=(",", ":")).encode()

    async def openapi_json(request: Request) -> Response:
        return Response(document(_prefix(request)), media_type="application/json")

    async def docs(request: Request) -> Response:
        # FastAPI's page loads its script from a public CDN, so it is off where cookies sign users in.
        return get_swagger_ui_html(openapi_url=f"{_prefix(request)}/openapi.json", title=title)

    pages = [Route("/docs", docs, include_in_schema=False)] if page else []
    return [Route("/openapi.json", openapi_json, include_in_schema=False), *pages]


def _prefix(request: Request) -> str:
    """Return the path under which a proxy serves the API (``--root-path``)."""
    return str(request.scope.get("root_path", "")).rstrip("/")
