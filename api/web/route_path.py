"""The path of a request without the prefix under which a proxy serves the API (``--root-path``)."""

from starlette.types import Scope


def root_path(scope: Scope) -> str:
    """Return the prefix, without a slash at its end; empty if there is none."""
    return str(scope.get("root_path", "")).rstrip("/")


def route_path(scope: Scope) -> str:
    """Return the path as the routes have it: uvicorn puts the prefix in front (ASGI, HTTP connection scope)."""
    path: str = scope["path"]
    prefix = root_path(scope)
    return path.removeprefix(prefix) if path.startswith(f"{prefix}/") else path
