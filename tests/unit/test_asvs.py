"""docs/asvs.md names tests and files that exist, and misses few requirements."""

import re
from pathlib import Path

from tests.support.servers import ROOT

ROW = re.compile(
    r"^\| (V\d+\.\d+\.\d+) \| ([12]) \| [^|]+ \| (met|operator|not applicable|not met) \| (.+) \|$", re.MULTILINE
)
PLACE = re.compile(r"`((?:tests|api|cognito_tokens|stacks|local|docs)/[\w/.-]+|pyproject\.toml)?(?:::(test_\w+))?`")
TEXT = (ROOT / "docs/asvs.md").read_text()


def test_every_requirement_of_the_chapters_has_a_verdict() -> None:
    rows = ROW.findall(TEXT)
    assert len({identifier for identifier, *_ in rows}) == len(rows) == 199
    assert {level: sum(row[1] == level for row in rows) for level in "12"} == {"1": 54, "2": 145}


def test_few_requirements_are_not_met() -> None:
    assert len([row for row in ROW.findall(TEXT) if row[2] == "not met"]) <= 6


def test_named_tests_and_files_exist() -> None:
    missing: list[str] = []
    for identifier, _, _, evidence in ROW.findall(TEXT):
        file = Path()
        for path, name in PLACE.findall(evidence):
            file = ROOT / path if path else file
            if not file.exists() or (name and f"def {name}(" not in file.read_text()):
                missing.append(f"{identifier}: {path or file.relative_to(ROOT)}::{name}")
    assert missing == []
