"""Run one proof by its name, in full; without a name, list them."""

import sys
from collections.abc import Callable, Sequence

from proofs import http_differential, openapi, rate_budget, suppressions
from proofs.events import run as events
from proofs.sends import run as sends

PROOFS: dict[str, tuple[Callable[[Sequence[str]], int], str]] = {
    "events": (events.main, "20,000 events, 20 endpoints, kill -9 throughout: every one delivered"),
    "http-differential": (http_differential.main, "fast and plain HTTP put the same on the wire"),
    "openapi": (openapi.main, "every operation called with nonsense, both ways of HTTP: no 5xx"),
    "rate-budget": (rate_budget.main, "50 callers, four processes, one account: no 429, all used"),
    "sends": (sends.main, "kill -9 at every step of a send: no message doubled, none lost"),
    "suppressions": (
        suppressions.main,
        "kill -9 amid readings and pushes: both sides keep the rules",
    ),
}


def main(arguments: Sequence[str]) -> int:
    """Return 0 when the proof holds."""
    if not arguments or arguments[0] not in PROOFS:
        for name, (_, what) in PROOFS.items():
            print(f"{name:<18} {what}")
        return 2 if arguments else 0
    return PROOFS[arguments[0]][0](arguments[1:])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
