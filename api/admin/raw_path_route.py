"""Routes that keep an encoded slash in a path parameter: Cognito allows ``/`` in the names of users and groups."""

from typing import Any
from urllib.parse import quote, unquote

from starlette.routing import Match
from starlette.types import Scope

from api.web.json_route import JsonRoute


class RawPathRoute(JsonRoute):
    """A route that is matched before the path is decoded (RFC 3986, section 2.4), so that ``a%2Fb`` is one name.

    Otherwise ``GET /admin/users/x%2Fgroups`` would act on the user ``x``.
    """

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Match the encoded path, and decode its parameters."""
        raw: bytes = scope.get("raw_path") or quote(scope["path"]).encode()
        match, child = super().matches({**scope, "path": raw.decode("ascii", "replace")})
        parameters: dict[str, Any] = child.get("path_params", {})
        if parameters:
            child["path_params"] = {name: unquote(value) for name, value in parameters.items()}
        return match, child
