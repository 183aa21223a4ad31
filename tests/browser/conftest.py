import os
from collections.abc import Generator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.support.chromium import ARGUMENTS, chromium


@pytest.fixture(scope="module")
def browser() -> Generator[Browser]:
    """Headless Chromium of this machine. Without one, skip; in CI, which installs one, fail."""
    program = chromium()
    if program is None:
        assert not os.environ.get("CI"), "CI has no Chromium; see .ci/run"
        pytest.skip("no Chromium on this machine")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield browser
        browser.close()
