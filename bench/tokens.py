"""Token verification compared with its peers: duration and accepted hostile tokens. Writes the docs/tokens.md table."""

import json
import subprocess
from typing import Any

from bench.report import Result, at_most, figure
from bench.servers import ROOT

DOCUMENT = ROOT / "docs" / "tokens.md"
_BEGIN, _END = "<!-- make bench writes from here -->\n", "<!-- to here -->\n"


def measure() -> list[Result]:
    """Run the recipes in the peers' environment."""
    command = [str(ROOT / ".venv-bench/bin/python"), "-W", "ignore", "-m", "bench.recipes"]
    found: dict[str, Any] = json.loads(subprocess.check_output(command, cwd=ROOT))  # noqa: S603 - our own program
    before, _, rest = DOCUMENT.read_text().partition(_BEGIN)
    DOCUMENT.write_text(before + _BEGIN + _table(found) + _END + rest.partition(_END)[2])
    took: dict[str, float] = found["microseconds"]
    wrong = sum(sum(row["cognito_tokens"].values()) for row in found["judged"].values())
    return [
        *(figure(f"verification: {name}", value, "us") for name, value in took.items()),
        at_most(
            "verification: cognito_tokens / RSA verify alone", took["cognito_tokens"] / took["RSA verify alone"], "x", 3
        ),
        at_most("verification: cognito_tokens with a cached token", took["cognito_tokens, cached"], "us", 3),
        at_most("verification: hostile tokens that cognito_tokens accepts or fails on", wrong, "", 0),
    ]


def _table(found: dict[str, Any]) -> str:
    names = list(found["versions"])
    heads = [f"{name} {found['versions'][name]}".strip() for name in names]
    lines = ["| kind of token | number | " + " | ".join(heads) + " |", "|---|---|" + "---|" * len(names)]
    for kind, row in found["judged"].items():
        lines.append(f"| {kind} | {found['sizes'][kind]} | " + " | ".join(_cell(row[name]) for name in names) + " |")
    totals = {
        name: {key: sum(row[name][key] for row in found["judged"].values()) for key in ("accepted", "unexpected")}
        for name in names
    }
    number = sum(found["sizes"].values())
    lines.append(f"| **all** | {number} | " + " | ".join(_cell(totals[name]) for name in names) + " |")
    return "\n".join(lines) + "\n"


def _cell(count: dict[str, int]) -> str:
    return f"{count['accepted']} / {count['unexpected']}"
