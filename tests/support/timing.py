"""Tests that read the wall clock, on machines that others use too."""

import pytest

# Any wait may last longer than it should where nothing is wrong: such a test has three tries. A fault fails them all.
timed = pytest.mark.flaky(reruns=2)
