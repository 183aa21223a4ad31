"""`make screenshots` takes every picture that the documents show."""

import re
import subprocess
import sys
from pathlib import Path

from tests.support.servers import ROOT


def test_pictures_of_the_documents_are_taken(tmp_path: Path, browser: object) -> None:
    del browser  # it skips the test where there is none
    command = [sys.executable, "-m", "tests.browser.screenshots", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    shown = {name for file in (ROOT / "README.md", *(ROOT / "docs").glob("*.md")) for name in _pictures(file)}
    assert (
        shown == {file.name for file in tmp_path.iterdir()} == {file.name for file in (ROOT / "docs/images").iterdir()}
    )


def _pictures(file: Path) -> list[str]:
    return re.findall(r"\]\((?:docs/)?images/([a-z-]+\.png)\)", file.read_text())
