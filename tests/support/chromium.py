"""The Chromium of this machine."""

import shutil

# Without the last flags, Chromium connects to Google's hosts at every start.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
]


def chromium() -> str | None:
    """Return the path of the program, or ``None`` without one."""
    return shutil.which("chromium") or shutil.which("google-chrome")
