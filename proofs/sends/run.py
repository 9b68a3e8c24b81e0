"""`./dev proof sends [--rounds N] [--forks N] [--seed N] [--lanes N]`: everything, and a table."""

import argparse
import multiprocessing
import sys
import tempfile
import time
from collections import Counter
from functools import partial
from pathlib import Path

from tests.support.sandbox import sandbox_process

from proofs.sends.forks import ForkTally, run_forks
from proofs.sends.kills import Tally, run_faults, run_kills, trials
from proofs.sends.verdict import Verdict, show
from proofs.sends.world import SURFACES
from waypost.kernel.sends.crash_points import CRASH_POINTS

_say = partial(print, flush=True)


def main(arguments: Sequence[str]) -> int:
    """Run the three parts, each in lanes with a database and a sandbox of their own."""
    parser = argparse.ArgumentParser(prog="./dev proof sends")
    parser.add_argument("--rounds", type=int, default=4, help="126 kills each")
    parser.add_argument("--forks", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=20261122)
    parser.add_argument("--lanes", type=int, default=2)
    given = parser.parse_args(arguments)
    began, holds = time.monotonic(), True
    context = multiprocessing.get_context("spawn")
    with context.Pool(given.lanes) as pool:
        lanes = range(given.lanes)
        kills = pool.starmap(_kill_lane, [(lane, given) for lane in lanes])
        forks = pool.starmap(_fork_lane, [(lane, given) for lane in lanes])
        faults = pool.starmap(_fault_lane, [()])
    _say(table(kills))
    for title, verdicts in (
        ("Real kills of `waypost serve`", [each.verdict for each in kills]),
        ("Forks killed within a send", [each.verdict for each in forks]),
        ("Lost, spoilt and late answers, two processes with one key", faults),
    ):
        for lane, verdict in enumerate(verdicts):
            assert verdict is not None
            holds = holds and verdict.holds
            _say(show(f"{title}, lane {lane}", verdict))
    _say(_forked(forks))
    missed = sum((each.missed for each in kills), Counter())
    _say(
        f"{'holds' if holds else 'FAILS'} after {time.monotonic() - began:.0f} s"
        f"{f'; not killed: {dict(missed)}' if missed else ''}"
    )
    return 0 if holds and not missed else 1


def table(tallies: list[Tally]) -> str:
    """Write how often each point killed on each surface."""
    killed = sum((each.killed for each in tallies), Counter())
    lines = [f"{'point':<26}" + "".join(f"{surface:>13}" for surface in SURFACES)]
    for point in CRASH_POINTS:
        counts = "".join(f"{killed[point, surface] or '-':>13}" for surface in SURFACES)
        lines.append(f"{point:<26}{counts}")
    lines.append(f"{'all':<26}{killed.total():>13}")
    return "\n".join(lines) + "\n"


def _forked(tallies: list[ForkTally]) -> str:
    places = sum((Counter(each.killed_at) for each in tallies), Counter())
    told = ", ".join(f"{place} {count}" for place, count in sorted(places.items()))
    return (
        f"forks killed {places.total()} ({told}), survived {sum(t.survived for t in tallies)}, "
        f"pairs with one key {sum(t.twins for t in tallies)}\n"
    )


def _kill_lane(lane: int, given: argparse.Namespace) -> Tally:
    chosen = trials(given.rounds, given.seed)[lane :: given.lanes]
    with sandbox_process() as sandbox, tempfile.TemporaryDirectory() as folder:
        return run_kills(Path(folder), sandbox, chosen, say=_say if lane == 0 else _quiet)


def _fork_lane(lane: int, given: argparse.Namespace) -> ForkTally:
    count = given.forks // given.lanes
    with sandbox_process() as sandbox, tempfile.TemporaryDirectory() as folder:
        seed = given.seed + lane
        return run_forks(Path(folder), sandbox, count, seed, say=_say if lane == 0 else _quiet)


def _fault_lane() -> Verdict:
    with sandbox_process() as sandbox, tempfile.TemporaryDirectory() as folder:
        return run_faults(Path(folder), sandbox)


def _quiet(_: str) -> None:
    return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
