"""Tests that read a clock, on machines that others use too."""

import time
from collections.abc import Generator
from contextlib import contextmanager

import pytest

from api.startup.fast_start import collection_paused

# Any wait may last longer than it should where nothing is wrong: such a test has three tries. A fault fails them all.
timed = pytest.mark.flaky(reruns=2)


@contextmanager
def cpu_under(seconds: float) -> Generator[None]:
    """Fail when what is done within takes this thread so much CPU.

    Thousands of tests leave a heap that a full collection walks for longer than what is measured takes.
    """
    with collection_paused():
        start = time.thread_time()
        yield
        assert time.thread_time() - start < seconds
