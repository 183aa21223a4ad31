"""The pages: when the first one is painted in Chromium, and what they cost a process that has them off."""

import json
import os
import statistics
import subprocess
import sys

from playwright.sync_api import Page, sync_playwright

from bench.report import Result, at_most, figure
from bench.servers import PYTHON, ROOT, free_port, process, uvicorn_of, wait_for
from tests.support.chromium import ARGUMENTS, chromium

ROUNDS = 9
# The start as far as it reads settings and opens the runtime, without a server.
_STARTED = """
import asyncio, json, sys, time
start = time.perf_counter()
from api.main import app
async def run():
    async with app.router.lifespan_context(app):
        seconds = time.perf_counter() - start
        found = [name for name in sys.modules if name.partition(".")[0] == "jinja2" or name.startswith("api.pages")]
        print(json.dumps([seconds * 1000, len(found)]))
asyncio.run(run())
"""


def measure() -> list[Result]:
    """Return the medians."""
    off, on = zip(*((_started("off"), _started("on")) for _ in range(ROUNDS)), strict=True)
    loaded = max(int(run[1]) for run in off)
    return [
        figure("pages: start with them off", statistics.median(run[0] for run in off), "ms"),
        figure("pages: start with them on", statistics.median(run[0] for run in on), "ms"),
        at_most("pages: modules loaded with them off", loaded, "", 0),
        at_most("pages: first one painted", _painted(), "ms", 300),
    ]


def _started(pages: str) -> tuple[float, float]:
    settings = {
        "PAGES": pages,
        "COGNITO_USER_POOL_ID": "us-east-1_AbCdEfGhI",
        "COGNITO_CLIENT_ID": "clientid",
        "COGNITO_CLIENT_SECRET": "secret",
    }
    command = [sys.executable, "-c", _STARTED]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"} | settings
    done = subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True)  # noqa: S603 - our own program
    milliseconds, modules = json.loads(done.stdout)
    return milliseconds, modules


def _painted() -> float:
    """Return the milliseconds from the navigation of a new window to the first paint with text."""
    port = free_port()
    with process(uvicorn_of(PYTHON, "api.main:app", port), None, PAGES="on"), sync_playwright() as playwright:
        wait_for(port)
        browser = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        found = [_first_paint(browser.new_context().new_page(), port) for _ in range(ROUNDS)]
        browser.close()
    return statistics.median(found)


def _first_paint(page: Page, port: int) -> float:
    page.goto(f"http://localhost:{port}/account/sign-in")
    name = "performance.getEntriesByName('first-contentful-paint')"
    page.wait_for_function(f"{name}.length")
    return float(page.evaluate(f"{name}[0].startTime"))
