"""The bodies of all peers: those of ``api/auth/schemas.py``."""

from fastapi import FastAPI

from api.auth.schemas import LoginRequest, TokenResponse

__all__ = ["LoginRequest", "TokenResponse", "new_app"]


def new_app() -> FastAPI:
    """Return an application without documentation."""
    return FastAPI(openapi_url=None)
