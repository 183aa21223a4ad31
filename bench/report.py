"""Benchmark results: printed as a table and written as JSON."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

RESULTS = Path(__file__).parent / "results.json"


@dataclass(frozen=True)
class Result:
    """One result; ``goal`` is its bound as text, ``met`` whether it holds; both are None for one side of a ratio."""

    name: str
    value: float
    unit: str
    goal: str | None = None
    met: bool | None = None


def at_most(name: str, value: float, unit: str, limit: float) -> Result:
    """Return a result with an upper bound as its goal."""
    return Result(name, round(value, 3), unit, f"at most {limit:g}", value <= limit)


def at_least(name: str, value: float, unit: str, limit: float) -> Result:
    """Return a result with a lower bound as its goal."""
    return Result(name, round(value, 3), unit, f"at least {limit:g}", value >= limit)


def figure(name: str, value: float, unit: str) -> Result:
    """Return a result without a goal: one side of a ratio."""
    return Result(name, round(value, 3), unit)


def publish(results: list[Result]) -> bool:
    """Print the table, write bench/results.json, and return whether every goal is met."""
    width = max(len(result.name) for result in results)
    for result in results:
        verdict = "" if result.met is None else f"{result.goal}: {'met' if result.met else 'MISSED'}"
        print(f"{result.name:<{width}}  {result.value:>10g} {result.unit:<8} {verdict}".rstrip())
    RESULTS.write_text(json.dumps([asdict(result) for result in results], indent=1) + "\n")
    return all(result.met is not False for result in results)
