"""The ASGI application: ``uvicorn api.main:app``."""

from api import garbage

with garbage.paused():
    from api.app import create_app

    app = create_app()
