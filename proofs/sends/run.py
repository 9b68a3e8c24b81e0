"""`./dev proof sends [kills] [forks] [faults] [--rounds N] [--forks N] [--seed N] [--lanes N]`."""

import argparse
import multiprocessing
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from tests.support.sandbox import sandbox_process

from proofs.sends.forks import ForkTally, run_forks
from proofs.sends.kills import Tally, run_faults, run_kills, trials
from proofs.sends.serving import let_go
from proofs.sends.verdict import Verdict, show
from proofs.sends.world import SURFACES
from waypost.kernel.sends.crash_points import CRASH_POINTS

PARTS = ("kills", "forks", "faults")
TOGETHER = 1000
"""Forks over one database."""
_say = partial(print, flush=True)


def main(arguments: Sequence[str]) -> int:
    """Run the parts, in lanes with databases and sandboxes of their own; 1 when one does not hold."""
    parser = argparse.ArgumentParser(prog="./dev proof sends")
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="all of them unless told")
    parser.add_argument("--rounds", type=int, default=4, help="126 kills each")
    parser.add_argument("--forks", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=20261122)
    parser.add_argument("--lanes", type=int, default=2)
    given = parser.parse_args(arguments)
    began = time.monotonic()
    parts: dict[str, Callable[[argparse.Namespace], bool]] = {
        "kills": _kills,
        "forks": _forks,
        "faults": _faults,
    }
    held = {part: parts[part](given) for part in given.parts or PARTS}
    told = ", ".join(f"{part} {'hold' if holds else 'FAIL'}" for part, holds in held.items())
    _say(f"{told}; {time.monotonic() - began:.0f} s")
    return 0 if all(held.values()) else 1


def _kills(given: argparse.Namespace) -> bool:
    chosen = trials(given.rounds, given.seed)
    work = [(lane, chosen[lane :: given.lanes]) for lane in range(given.lanes)]
    tallies = _in_lanes(given, _kill_lane, work)
    _say(table(tallies))
    missed = sum((each.missed for each in tallies), Counter[tuple[str, str]]())
    if missed:
        _say(f"not killed: {dict(missed)}")
    verdicts = [each.verdict for each in tallies if each.verdict is not None]
    return _all_hold("Real kills of `waypost serve`", verdicts) and not missed


def _forks(given: argparse.Namespace) -> bool:
    whole, rest = divmod(given.forks, TOGETHER)
    sizes = [TOGETHER] * whole + ([rest] if rest else [])
    work = [(number, size, given.seed + number) for number, size in enumerate(sizes)]
    tallies = _in_lanes(given, _fork_lane, work)
    places = sum((Counter(each.killed_at) for each in tallies), Counter[str]())
    told = ", ".join(f"{place} {count}" for place, count in sorted(places.items()))
    _say(
        f"forks killed {places.total()} ({told}), survived {sum(t.survived for t in tallies)}, "
        f"pairs with one key {sum(t.twins for t in tallies)}"
    )
    verdicts = [each.verdict for each in tallies if each.verdict is not None]
    return _all_hold("Forks killed within a send", verdicts)


def _faults(given: argparse.Namespace) -> bool:
    verdicts = _in_lanes(given, _fault_lane, [()])
    return _all_hold("Lost, spoilt and late answers, two processes with one key", verdicts)


def _in_lanes(
    given: argparse.Namespace, work: Callable[..., object], orders: Sequence[tuple[object, ...]]
) -> list:  # type: ignore[type-arg]
    with multiprocessing.get_context("spawn").Pool(given.lanes) as pool:
        return pool.starmap(work, orders, chunksize=1)


def _all_hold(title: str, verdicts: Sequence[Verdict]) -> bool:
    for number, verdict in enumerate(verdicts):
        _say(show(f"{title}, {number + 1} of {len(verdicts)}", verdict))
    return bool(verdicts) and all(each.holds for each in verdicts)


def table(tallies: Sequence[Tally]) -> str:
    """Write how often each point killed on each surface."""
    killed = sum((each.killed for each in tallies), Counter[tuple[str, str]]())
    lines = [f"{'point':<26}" + "".join(f"{surface:>13}" for surface in SURFACES)]
    for point in CRASH_POINTS:
        counts = "".join(f"{killed[point, surface] or '-':>13}" for surface in SURFACES)
        lines.append(f"{point:<26}{counts}")
    lines.append(f"{'all':<26}{killed.total():>13}")
    return "\n".join(lines) + "\n"


def _kill_lane(lane: int, chosen: list) -> Tally:  # type: ignore[type-arg]
    with sandbox_process() as sandbox, tempfile.TemporaryDirectory() as folder:
        say = _say if lane == 0 else _quiet
        tally = run_kills(Path(folder), sandbox, chosen, say=say)
    let_go()
    return tally


def _fork_lane(number: int, size: int, seed: int) -> ForkTally:
    with sandbox_process() as sandbox, tempfile.TemporaryDirectory() as folder:
        tally = run_forks(Path(folder), sandbox, size, seed)
    let_go()
    if tally.verdict is not None:
        _say(show(f"forks, database {number + 1}", tally.verdict))
    return tally


def _fault_lane() -> Verdict:
    with sandbox_process() as sandbox, tempfile.TemporaryDirectory() as folder:
        verdict = run_faults(Path(folder), sandbox)
    let_go()
    return verdict


def _quiet(_: str) -> None:
    return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
