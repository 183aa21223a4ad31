"""Tuning of the process: the garbage collector, and changes to Starlette's internals.

Each function states what it saves; the rows "start" and "login" of ``make bench`` measure all of it together.
"""

import gc
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # Not at run time: api.main imports this module before it pauses the collector.
    from fastapi import APIRouter, FastAPI
    from starlette.middleware import Middleware
    from starlette.routing import BaseRoute


@contextmanager
def collection_paused() -> Generator[None]:
    """Disable garbage collection during imports: a sixth less import time, since imported objects stay alive."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


@contextmanager
def collection_reduced() -> Generator[None]:
    """Freeze the objects of the start and collect less often: a tenth less CPU time per request.

    A request leaves few reference cycles; ``make bench`` checks the memory.
    """
    # api.main froze all objects after the imports, garbage included.
    gc.unfreeze()
    gc.collect()
    gc.freeze()
    before = gc.get_threshold()
    gc.set_threshold(2000, 10, 10)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


def add_routes(app: "FastAPI", routers: "Iterable[APIRouter]") -> None:
    """Put the routes of ``routers`` before the documentation's.

    In place of ``include_router``, which wraps each router: every request would be matched twice.
    """
    app.router.routes[:0] = [route for router in routers for route in router.routes]


def complete(app: "FastAPI", routes: "Sequence[BaseRoute]", middleware: "Sequence[Middleware]") -> None:
    """Replace routes and inner middleware while the application starts, when the settings are known.

    Starlette builds the middleware stack at the first call, which is the lifespan's. Reading the settings before it
    would put their import (half of the start) into ``import api.main``.
    """
    app.router.routes[:] = routes
    app.user_middleware[1:] = middleware
    app.middleware_stack = app.build_middleware_stack()
