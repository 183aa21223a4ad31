"""The ASGI application: ``uvicorn api.main:app``."""

import gc

from api import garbage

with garbage.paused():
    from api.app import create_app

    app = create_app()
    # What is here stays; otherwise the end of the pause would begin with a search through all of it.
    gc.freeze()
