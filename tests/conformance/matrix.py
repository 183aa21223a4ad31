"""``make conformance``: run every scenario on every emulator and write the table in docs/local.md."""

import re
from collections import Counter
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from tests.conformance.emulators import all_emulators
from tests.conformance.pool_fixture import (
    AcceptedByMistake,
    Emulator,
    OperationNotImplemented,
    PoolFixture,
    is_not_implemented,
)
from tests.conformance.scenario import Scenario
from tests.conformance.scenarios import SCENARIOS

DOCUMENT = Path(__file__).parents[2] / "docs" / "local.md"
_BEGIN, _END = "<!-- make conformance writes from here -->\n", "<!-- to here -->\n"


@dataclass(frozen=True)
class Row:
    """One scenario in the document, with the result of each emulator."""

    area: str
    sentence: str
    source: str
    results: list[str]


def main() -> None:
    """Run the scenarios, write the table, and print the totals."""
    with all_emulators() as peers:
        rows = [
            Row(each.area, each.sentence, each.source, [_result(each, emulator) for emulator in peers])
            for each in SCENARIOS
        ]
        names = [emulator.name for emulator in peers]
    before, _, rest = DOCUMENT.read_text().partition(_BEGIN)
    DOCUMENT.write_text(before + _BEGIN + _table(names, rows) + _END + rest.partition(_END)[2])
    print(f"botocore {version('botocore')}:", _totals(names, rows))


def rows_of(document: str) -> list[Row]:
    """Return the rows of the table in the document."""
    table = document.partition(_BEGIN)[2].partition(_END)[0]
    lines = [line.strip("| ").split(" | ") for line in table.splitlines() if line.startswith("| ")]
    return [Row(area, sentence, source, results) for area, sentence, source, *results in lines[1:] if area != "**all**"]


def _result(scenario: Scenario, emulator: Emulator) -> str:
    try:
        scenario.run(PoolFixture(emulator, pool=scenario.pool, client=scenario.client))
    except AcceptedByMistake:
        return "lax"
    except OperationNotImplemented:
        return "missing"
    except ClientError as error:
        return "missing" if is_not_implemented(error) else "wrong"
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
