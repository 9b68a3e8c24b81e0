"""`./dev proof sends`: in units, as many as the minutes allow; the next run goes on from there."""

import argparse
import multiprocessing
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from functools import partial
from pathlib import Path

from tests.support.sandbox import sandbox_process

from proofs.sends.faults import run_faults
from proofs.sends.forks import run_forks
from proofs.sends.kills import run_kills
from proofs.sends.letter import SURFACES
from proofs.sends.plan import PARTS, Record, Result, Unit, plan
from proofs.sends.verdict import show, total
from waypost.kernel.sends.crash_points import CRASH_POINTS

RECORD = Path(__file__).resolve().parents[2] / ".waypost" / "proof-sends.jsonl"
UNFINISHED = 3
_BAR = 24
_say = partial(print, flush=True)


def main(arguments: Sequence[str]) -> int:
    """Run what the record lacks: 0 when all of it holds, 1 when not, 3 when some has yet to run."""
    given = _parsed(arguments)
    if given.afresh:
        given.record.unlink(missing_ok=True)
    units, record = plan(given), Record(given.record, given)
    todo = [each for each in units if each.name not in record.results]
    if todo:
        _say(f"{len(units) - len(todo)} of {len(units)} units are in {given.record}")
        _work_off(units, todo, record, given)
    results = [record.results[each.name] for each in units if each.name in record.results]
    _say(report(results))
    if not all(each.holds for each in results):
        return 1
    if len(results) < len(units):
        _say(f"{len(units) - len(results)} of {len(units)} units have yet to run: run this again.")
        return UNFINISHED
    _say("It holds.")
    return 0


def _parsed(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dev proof sends")
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="all of them unless told")
    parser.add_argument("--rounds", type=int, default=3, help="204 real kills each")
    parser.add_argument("--forks", type=int, default=10_000, help="forks that are killed")
    parser.add_argument("--seed", type=int, default=20261122)
    parser.add_argument("--lanes", type=int, default=3, help="units at a time")
    parser.add_argument("--minutes", type=float, help="begin nothing after so many; run again")
    parser.add_argument("--record", type=Path, default=RECORD, help="where results are kept")
    parser.add_argument("--afresh", action="store_true", help="forget what has run")
    return parser.parse_args(arguments)


def _work_off(
    units: Sequence[Unit], todo: list[Unit], record: Record, given: argparse.Namespace
) -> None:
    progress = _Progress(units, todo, given.lanes)
    minutes = float("inf") if given.minutes is None else given.minutes
    ends = time.monotonic() + minutes * 60
    # Not forked: this process has threads, and each unit forks a process of its own.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(given.lanes, mp_context=context) as pool:
        running: set[Future[Result]] = set()
        while todo or running:
            while todo and len(running) < given.lanes and _fits(todo[0], ends):
                running.add(pool.submit(run_unit, todo.pop(0)))
            if not running:
                return
            done, running = wait(running, return_when=FIRST_COMPLETED)
            for each in done:
                result = each.result()
                record.add(result)
                _say(progress.after(result))


def _fits(unit: Unit, ends: float) -> bool:
    return time.monotonic() + unit.seconds / 2 < ends


def run_unit(unit: Unit) -> Result:
    """Run one unit with a sandbox and a data folder of its own; raises nothing."""
    began = time.monotonic()
    result = Result(unit.name, unit.part, 0.0)
    try:
        with sandbox_process() as sandbox, tempfile.TemporaryDirectory() as place:
            folder = Path(place)
            if unit.part == "kills":
                kills = run_kills(folder, sandbox, unit.trials, afresh=unit.afresh)
                result.verdict, result.missed = kills.verdict, kills.missed
                result.killed = kills.killed
            elif unit.part == "forks":
                forks = run_forks(folder, sandbox, unit.forks, unit.seed)
                result.verdict, result.killed = forks.verdict, forks.killed
                result.survived, result.twins = forks.survived, forks.twins
            else:
                result.verdict = run_faults(folder, sandbox, unit.faults)
    except Exception:
        # A lane that raised what cannot be pickled would stand still for good.
        result.trouble = traceback.format_exc()[-3000:]
    result.seconds = round(time.monotonic() - began, 1)
    return result


class _Progress:
    """A bar, and how long the rest will take at the pace so far."""

    def __init__(self, units: Sequence[Unit], todo: Sequence[Unit], lanes: int) -> None:
        self._units = {each.name: each for each in units}
        self._all = sum(each.seconds for each in units)
        self._left = sum(each.seconds for each in todo)
        self._begun_with = self._left
        self._began = time.monotonic()
        self._pace = 1 / lanes

    def after(self, result: Result) -> str:
        """Return the line to print after a unit."""
        self._left -= self._units[result.name].seconds
        passed = time.monotonic() - self._began
        worked = self._begun_with - self._left
        pace = passed / worked if worked else self._pace
        full = round(_BAR * (1 - self._left / self._all))
        word = "holds" if result.holds else "FAILS"
        return (
            f"[{'#' * full}{'.' * (_BAR - full)}] {passed / 60:.1f} min, about "
            f"{self._left * pace / 60:.0f} left · {result.name}: {word} ({result.seconds:.0f} s)"
        )


def report(results: Sequence[Result]) -> str:
    """Write the figures of all that has run."""
    told: list[str] = []
    titles = {
        "kills": "Real kills of `waypost serve`",
        "forks": "Forks killed within a send, or while its end was looked for",
        "faults": "Lost, spoilt and late answers, two processes with one key at once",
    }
    for part, title in titles.items():
        some = [each for each in results if each.part == part]
        if not some:
            continue
        verdicts = [each.verdict for each in some if each.verdict is not None]
        told.append(show(f"{title}: {len(some)} units", total(verdicts)))
        if part != "faults":
            told.append(table(some))
        if part == "forks":
            survived, twins = sum(e.survived for e in some), sum(e.twins for e in some)
            told.append(f"  not killed {survived}; pairs with one key at once {twins}\n")
    for each in results:
        if not each.holds:
            told.append(f"{each.name} FAILS: {each.missed or ''} {each.trouble or each.verdict}\n")
    return "\n".join(told)


def table(results: Sequence[Result]) -> str:
    """Write how often each point killed on each surface."""
    killed = sum((each.killed for each in results), Counter[tuple[str, str]]())
    surfaces = [*SURFACES, *sorted({where for _, where in killed} - set(SURFACES))]
    more = sorted({point for point, _ in killed} - set(CRASH_POINTS))
    lines = [f"  {'point':<26}" + "".join(f"{surface:>13}" for surface in surfaces)]
    for point in (*CRASH_POINTS, *more):
        counts = "".join(f"{killed[point, surface] or '-':>13}" for surface in surfaces)
        lines.append(f"  {point:<26}{counts}")
    lines.append(f"  {'all':<26}{killed.total():>13}")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
