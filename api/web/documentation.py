"""/openapi.json, generated once and kept as bytes, and /docs, a page that shows it, from files of this package.

``api/web/reference`` has Swagger UI 5.35.0 of the npm package swagger-ui-dist, unchanged: ``SHA256SUMS``.
"""

import html
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import Request, Response
from fastapi.responses import HTMLResponse
from starlette.routing import BaseRoute, Route

from api.web.files import file_endpoint
from api.web.route_path import root_path

_FILES = Path(__file__).with_name("reference")
_SERVED = ("swagger-ui-bundle.js", "swagger-ui.css", "initializer.js")
# Swagger UI draws its signs by data: addresses.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_PAGE = """<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>{title}</title>
  <link rel="stylesheet" href="{prefix}/docs/swagger-ui.css">
  <script defer src="{prefix}/docs/swagger-ui-bundle.js"></script>
  <script defer src="{prefix}/docs/initializer.js"></script>
</head>
<body><div id="reference" data-url="{prefix}/openapi.json"></div></body>
</html>
"""


def documentation_routes(openapi: Callable[[], dict[str, Any]], title: str, *, page: bool) -> list[BaseRoute]:
    """Return the routes of the OpenAPI document, and with ``page`` those of the page."""

    @cache
    def document(prefix: str) -> bytes:
        servers = {"servers": [{"url": prefix}]} if prefix else {}
        return json.dumps({**openapi(), **servers}, separators=(",", ":")).encode()

    async def openapi_json(request: Request) -> Response:
        return Response(document(root_path(request.scope)), media_type="application/json")

    async def docs(request: Request) -> Response:
        text = _PAGE.format(title=html.escape(title), prefix=html.escape(root_path(request.scope)))
        return HTMLResponse(text, headers={"Content-Security-Policy": _POLICY})

    shown = Route("/openapi.json", openapi_json, include_in_schema=False)
    if not page:
        return [shown]
    files = [
        Route(f"/docs/{name}", file_endpoint(_FILES / name, "public, max-age=3600"), include_in_schema=False)
        for name in _SERVED
    ]
    return [shown, Route("/docs", docs, include_in_schema=False), *files]
