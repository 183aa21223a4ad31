"""What a soak has seen, and the page of it."""

import statistics
from collections import Counter, defaultdict
from dataclasses import dataclass, field

from tests.support.servers import ROOT

# Shares of the run: when each fault begins and ends. What follows a fault for this long still counts as the fault.
FAULTS = {"store hangs": (0.2, 0.25), "Cognito throttles": (0.4, 0.45), "a container is killed": (0.6, 0.65)}
AFTERMATH = 8.0
# Statuses that are no error in a phase. `/logout` and tokens are 503 while log-outs cannot be shared (STATE_FAILURE).
PROMISED = {
    "calm": set[int](),
    "store hangs": {503},
    "Cognito throttles": {429, 503},
    # A request that the killed container had taken.
    "a container is killed": {502},
}
LONGEST_GROWTH = 0.05
# Of a verified token in the cache, which holds 10,000: with 10,500 tokens in turn, a process grew from 57.4 MiB to
# 92.0, and no further.
CACHED_KIB = 3.5


@dataclass
class Report:
    """What the clients saw, by phase."""

    statuses: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    seconds: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    unexpected: list[str] = field(default_factory=list[str])
    unheard: int = 0
    log_outs: int = 0
    memory: defaultdict[str, list[tuple[float, float]]] = field(default_factory=lambda: defaultdict(list))

    def growth(self) -> float:
        """Return how much the memory of the container that was not killed grew, besides what its cache took."""
        rows = self.memory["first"]
        early = statistics.median(mib for share, mib in rows if 0.1 <= share < 0.2)
        late = statistics.median(mib for share, mib in rows if share >= 0.9)
        return (late - self.cached) / early - 1

    @property
    def cached(self) -> float:
        """MiB of the tokens verified between the two moments; each log-out is of a new one."""
        return self.log_outs * 0.8 * CACHED_KIB / 1024

    def verdicts(self) -> dict[str, bool]:
        return {
            "errors only where promised": not self.unexpected,
            "no log-out unheard": self.unheard == 0 and self.log_outs > 0,
            "memory flat within 5 %": self.growth() <= LONGEST_GROWTH,
        }

    def row(self, phase: str) -> str:
        seconds = sorted(self.seconds[phase])
        statuses = ", ".join(f"{number} of {status}" for status, number in sorted(self.statuses[phase].items()))
        promised = ", ".join(map(str, sorted(PROMISED[phase]))) or "nothing"
        p50, p99 = (f"{seconds[int(len(seconds) * part)] * 1000:.0f} ms" for part in (0.5, 0.99))
        return f"| {phase} | {len(seconds)} | {statuses} | {p50} | {p99} | {promised} |"


def publish(report: Report, length: float, clients: int) -> int:
    """Write docs/soak.md, and return the exit status."""
    verdicts = report.verdicts()
    memory = ", ".join(f"{name}: {rows[0][1]:.0f} to {rows[-1][1]:.0f} MiB" for name, rows in report.memory.items())
    lines = [
        f"Written by `make soak`: {length:.0f} s, {clients} clients that sign in, refresh, look and log out; two",
        "containers behind nginx; Valkey for state and limits, `STATE_FAILURE=closed`; the local Cognito behind a",
        "proxy that injects faults. All of it shares one machine: the times say little about a deployment.",
        "",
        "| phase | requests | statuses | p50 | p99 | promised besides success |",
        "|---|---|---|---|---|---|",
        *(report.row(phase) for phase in ("calm", *FAULTS)),
        "",
        f"- {report.log_outs} log-outs; {report.unheard} of them were not known a second later.",
        f"- Memory: {memory}. The cache of verified tokens, which ends at 10,000, took {report.cached:.1f} MiB of it",
        f"  from the second tenth to the last; besides it the memory of the first changed by {report.growth():.1%}.",
        *(f"- {'Met' if met else 'MISSED'}: {what}." for what, met in verdicts.items()),
        *(f"- Unexpected: {what}." for what in report.unexpected[:20]),
    ]
    (ROOT / "docs/soak.md").write_text("\n".join(["# Soak", "", *lines]) + "\n")
    return 0 if all(verdicts.values()) else 1
