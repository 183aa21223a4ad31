"""Support for tests that measure time on shared machines."""

import time
from collections.abc import Generator
from contextlib import contextmanager

import pytest

from api.startup.fast_start import collection_paused

# On a busy machine a wait may take too long without a fault, so such a test has three tries. A fault fails them all.
timed = pytest.mark.flaky(reruns=2)


@contextmanager
def cpu_under(seconds: float) -> Generator[None]:
    """Fail unless the block takes less than ``seconds`` of this thread's CPU time.

    Garbage collection is paused: a full collection of the test run's heap takes longer than the measured code.
    """
    with collection_paused():
        start = time.thread_time()
        yield
        assert time.thread_time() - start < seconds
