"""The same random traffic by both ways of speaking HTTP: the same bytes at both bare sockets."""

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import structlog
from tests.support.http_differential import DIFFERENCES, Tally, both_sides, run_cases

CASES = 20_000
SEED = 1
_AT_ONCE = 500


def main(arguments: Sequence[str]) -> int:
    """Run the cases of a seed; 0 when nothing differs and every obligation was reached."""
    parser = argparse.ArgumentParser(prog="./dev proof http-differential", description=__doc__)
    parser.add_argument("--cases", type=int, default=CASES)
    parser.add_argument("--seed", type=int, default=SEED)
    chosen = parser.parse_args(arguments)
    tally = Tally()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="waypost-proof-") as folder:
        for block in range(0, chosen.cases, _AT_ONCE):
            with both_sides(Path(folder) / str(block)) as sides:
                structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
                run_cases(sides, chosen.seed + block, min(_AT_ONCE, chosen.cases - block), tally)
            print(
                f"· {tally.cases} cases, {tally.requests} requests, {tally.straight} straight, "
                f"{len(tally.differences)} differ, {time.monotonic() - began:.0f} s",
                flush=True,
            )
    for name, why in DIFFERENCES.items():
        print(f"  let off: {name} ({why})")
    for said in tally.differences:
        print(f"! {said}")
    for name in sorted(tally.missed):
        print(f"! never reached: {name}")
    return int(bool(tally.differences or tally.missed))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
