"""``make conformance``: run every scenario over every emulator and write the matrix into docs/local.md."""

import re
from collections import Counter
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from tests.conformance.peers import all_peers
from tests.conformance.scenarios import SCENARIOS, Scenario
from tests.conformance.world import Lax, Missing, Peer, World, is_missing

DOCUMENT = Path(__file__).parents[2] / "docs" / "local.md"
_BEGIN, _END = "<!-- make conformance writes from here -->\n", "<!-- to here -->\n"


@dataclass(frozen=True)
class Row:
    """One scenario in the document, with what each emulator makes of it."""

    area: str
    sentence: str
    source: str
    results: list[str]


def main() -> None:
    """Run and write; print the totals."""
    with all_peers() as peers:
        rows = [
            Row(each.area, each.sentence, each.source, [_result(each, peer) for peer in peers]) for each in SCENARIOS
        ]
        names = [peer.name for peer in peers]
    before, _, rest = DOCUMENT.read_text().partition(_BEGIN)
    DOCUMENT.write_text(before + _BEGIN + _table(names, rows) + _END + rest.partition(_END)[2])
    print(f"botocore {version('botocore')}:", _totals(names, rows))


def rows_of(document: str) -> list[Row]:
    """Return the rows that the document has."""
    table = document.partition(_BEGIN)[2].partition(_END)[0]
    lines = [line.strip("| ").split(" | ") for line in table.splitlines() if line.startswith("| ")]
    return [Row(area, sentence, source, results) for area, sentence, source, *results in lines[1:] if area != "**all**"]


def _result(scenario: Scenario, peer: Peer) -> str:
    try:
        scenario.run(World(peer, pool=scenario.pool, client=scenario.client))
    except Lax:
        return "lax"
    except Missing:
        return "missing"
    except ClientError as error:
        return "missing" if is_missing(error) else "wrong"
    except (AssertionError, BotoCoreError, LookupError, OSError, TypeError, ValueError):
        return "wrong"
    return "yes"


def _table(names: list[str], rows: list[Row]) -> str:
    head = ["| " + " | ".join(["area", "Cognito's behaviour", "source", *names]) + " |"]
    head.append(re.sub(r"[^|]+", "---", head[0]))
    lines = [f"| {row.area} | {row.sentence} | {row.source} | {' | '.join(row.results)} |" for row in rows]
    totals = [f"{sum(row.results[place] == 'yes' for row in rows)} of {len(rows)}" for place in range(len(names))]
    return "\n".join([*head, *lines, f"| **all** | | | {' | '.join(totals)} |"]) + "\n"


def _totals(names: list[str], rows: list[Row]) -> dict[str, Counter[str]]:
    return {name: Counter(row.results[place] for row in rows) for place, name in enumerate(names)}


if __name__ == "__main__":
    main()
