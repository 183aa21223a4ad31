"""The ASGI application: ``uvicorn api.main:app``."""

import gc

from api.startup.fast_start import collection_paused

with collection_paused():
    from api.app import create_app

    app = create_app()
    # What is here stays; otherwise the end of the pause would begin with a search through all of it.
    gc.freeze()
