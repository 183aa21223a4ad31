"""``python -m tests.model``: explore all environments; takes two minutes."""

import sys
import time

from tests.model.environments import HOLDS
from tests.model.exploration import explore


def main() -> int:
    """Explore everything, and print each environment with its states; return 1 when the stranger gets in."""
    failures = 0
    for name, environment in HOLDS.items():
        begin = time.monotonic()
        found = explore(environment)
        failures += found.trace is not None
        verdict = "VIOLATED" if found.trace else "holds" if found.is_complete else "holds as far as explored"
        print(f"{name}: {verdict} ({found.states} states, {time.monotonic() - begin:.0f} s)", flush=True)
        for number, label in enumerate(found.trace or [], 1):
            print(f"  {number}. {label}")
    return min(failures, 1)


if __name__ == "__main__":
    sys.exit(main())
