"""Modules loaded at import and startup: none that a process may never use."""

import os
import subprocess
import sys

from tests.support.servers import ROOT

CONSTRUCTION = """
import sys
import api.main
print(*sorted({name.partition(".")[0] for name in sys.modules}))
"""
PROGRAM = """
import asyncio, sys
from api.startup.composition import Settings, open_runtime

async def start():
    async with open_runtime(Settings.load()):
        print(*sorted({name.partition(".")[0] for name in sys.modules}))

asyncio.run(start())
"""
HEAVY = {"aiohttp", "boto3", "botocore", "cryptography", "prometheus_client", "segno", "OpenSSL", "redis", "urllib3"}
# Loaded at every startup, but not by importing and constructing the application.
OF_A_START = {"limits", "packaging", "pydantic_settings"}


def test_import_loads_no_startup_modules() -> None:
    done = subprocess.run([sys.executable, "-c", CONSTRUCTION], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert "fastapi" in loaded
    assert not loaded & (HEAVY | OF_A_START)


def test_startup_loads_no_heavy_modules() -> None:
    environment = {
        "PATH": os.environ["PATH"],
        "COGNITO_USER_POOL_ID": "us-east-1_AbCdEfGhI",
        "COGNITO_CLIENT_ID": "client",
        "COGNITO_CLIENT_SECRET": "secret",
    }
    command = [sys.executable, "-c", PROGRAM]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert "fastapi" in loaded
    assert not loaded & HEAVY
