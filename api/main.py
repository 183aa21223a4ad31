"""The ASGI application: ``uvicorn api.main:app``."""

import gc

from api.startup.fast_start import collection_paused

with collection_paused():
    from api.app import create_app

    app = create_app()
    # Exclude the imported objects from the GC; otherwise it would scan all of them when it is enabled again.
    gc.freeze()
