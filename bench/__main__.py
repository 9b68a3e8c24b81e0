"""./dev bench: measure the hot path side by side with others, and hold it against its goals."""

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from bench import events, machine, report
from bench.contenders import contenders
from bench.session import FULL, QUICK, Figures, Plan, run_session

PAGE = Path(__file__).resolve().parent.parent / "docs" / "benchmarks.md"
QUIET = 0.25


def read_arguments(arguments: Sequence[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="16 connections only, short runs: under a minute"
    )
    parser.add_argument(
        "--events", action="store_true", help="events only: provider to customer's endpoint"
    )
    parser.add_argument(
        "--write", action="store_true", help="write the tables to docs/benchmarks.md"
    )
    return parser.parse_args(arguments)


def main(arguments: Sequence[str]) -> int:
    """Measure and print; 1 when a floor is missed, 2 when there is nothing to measure with."""
    chosen = read_arguments(arguments)
    if chosen.events:
        return _only_events(quick=chosen.quick)
    began = time.monotonic()
    try:
        machine.need("nginx", "wrk", "taskset")
        busy = machine.busy_share()
        _say(f"{machine.described()}; others use {busy:.2f} of a core")
        if busy > QUIET:
            _say("! the machine is busy: the numbers below are noisy, trust ratios at most")
        figures, plan = _measured(quick=chosen.quick)
        runs = [] if chosen.quick else events.measure_events(events.FULL, _say)
    except machine.CannotMeasure as error:
        print(f"\n{error}", file=sys.stderr)
        return 2
    results = report.judged(figures, plan)
    tables = [
        report.throughput_rows(figures, plan),
        *([report.one_core_rows(figures)] if 1 in plan.connections else []),
        *([report.process_rows(figures)] if plan.two_processes else []),
        *([report.more_rows(figures)] if plan.more else []),
        report.unified_rows(figures),
        report.memory_rows(figures),
        *([report.event_rows(runs)] if runs else []),
        report.verdict_rows(results),
    ]
    for table in tables:
        print(f"\n{report.as_text(table)}")
    print(f"\nTook {time.monotonic() - began:.0f} s.")
    if chosen.write:
        PAGE.write_text(report.page(tables, machine.described(), busy))
        print(f"Written to {PAGE.relative_to(PAGE.parent.parent)}.")
    return int(any(each.verdict == "FAIL" for each in results))


def _only_events(*, quick: bool) -> int:
    try:
        runs = events.measure_events(events.QUICK if quick else events.FULL, _say)
    except machine.CannotMeasure as error:
        print(f"\n{error}", file=sys.stderr)
        return 2
    print(f"\n{report.as_text(report.event_rows(runs))}")
    return 0


def _measured(*, quick: bool) -> tuple[Figures, Plan]:
    servers, load = machine.cores()
    if servers == load:
        _say("! one core only: servers and load share it, latencies mean little")
    plan = Plan(core=load, **(QUICK if quick else FULL))  # type: ignore[arg-type]
    with (
        tempfile.TemporaryDirectory(prefix="waypost-bench-") as folder,
        contenders(Path(folder), servers=servers, load=load) as who,
    ):
        return run_session(who, plan, _say), plan


def _say(text: str) -> None:
    print(f"· {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
