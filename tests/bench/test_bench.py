"""The benchmark's pieces: nothing is timed here."""

import contextlib
import os
import sys
from pathlib import Path

import pytest
from bench.__main__ import read_arguments
from bench.events import EventRun
from bench.goals import Goal
from bench.load import Run, read_report
from bench.machine import CannotMeasure, busy_share, cores, described, free_port, is_optimised
from bench.platform_setup import INTEGRATION, ask_admin, installed, link_account, write_catalog
from bench.processes import Program, running
from bench.session import ONE_CORE, QUICK, Figures, Plan
from bench.streams import growth_down, growth_up
from bench.upstream import page_of, users

from bench import report
from waypost.engine.manifest.load import load_catalog

REPORT = """Running 2s test @ http://127.0.0.1:1/
  1 threads and 16 connections
  Latency Distribution
     50%  165.00us
     75%  180.00us
     90%    1.20ms
     99%    2.00s
  20000 requests in 2.00s, 60.00MB read
Requests/sec:  10000.50
Transfer/sec:     30.00MB
"""


def test_arguments() -> None:
    assert not read_arguments([]).quick
    assert read_arguments(["--quick", "--write"]).write
    with pytest.raises(SystemExit):
        read_arguments(["--no-such-thing"])


def test_report_of_wrk_is_read() -> None:
    assert read_report(REPORT, 0.5, "x") == Run(rate=10000.5, p50=165.0, p99=2e6, cpu=25.0)


@pytest.mark.parametrize(
    "line", ["  Non-2xx or 3xx responses: 3", "  Socket errors: connect 0, read 1, write 0"]
)
def test_a_run_with_failures_does_not_count(line: str) -> None:
    with pytest.raises(CannotMeasure, match="does not count"):
        read_report(REPORT + line, 0.5, "x")


def test_goals_and_floors() -> None:
    rate = Goal("rate", "×", 0.10, 0.07, more_is_better=True)
    assert [rate.judge(value) for value in (0.11, 0.08, 0.05)] == ["goal", "floor", "FAIL"]
    memory = Goal("memory", "MiB", 60, 80)
    assert [memory.judge(value) for value in (60, 61, 81)] == ["goal", "floor", "FAIL"]


def test_tables_have_every_figure() -> None:
    figures = Figures(memory={"nginx": (10, 5), "waypost": (70, 60)}, growth_down=1, growth_up=9)
    for number, name in enumerate(("direct", *report.PROXIES)):
        figures.add(name, 16, Run(1000 - number, 10 + number, 20 + number, 10 + number))
    for name in ("waypost unified", "plain unified"):
        figures.add(name, 16, Run(100, 5000, 9000, 400))
    plan = Plan(core=0, **QUICK)  # type: ignore[arg-type]
    results = report.judged(figures, plan)
    verdicts = {each.goal.what: each.verdict for each in results}
    assert verdicts == {
        "of nginx's throughput, 16 connections": "goal",
        "of uvicorn + aiohttp's throughput": "FAIL",
        "of FastAPI + httpx's throughput": "FAIL",
        "unified list of 25 users, CPU per request": "goal",
        "memory of a worker at 256 connections": "floor",
        "growth while 100 MB stream down": "goal",
        "growth while 100 MB stream up": "FAIL",
    }
    tables = [
        report.throughput_rows(figures, plan),
        report.unified_rows(figures),
        report.memory_rows(figures),
        report.verdict_rows(results),
    ]
    page = report.page(tables, "a machine", 0.1)
    for name in report.PROXIES:
        assert f"| {name} | 16 |" in page
    assert "FAIL" in report.as_text(tables[3])


def test_what_is_added_to_one_caller_is_measured_on_one_core() -> None:
    figures = Figures(memory={"waypost": (70, 60)})
    for place, direct in (("{}", 500), (ONE_CORE, 10)):
        for number, name in enumerate(("direct", *report.PROXIES)):
            figures.add(place.format(name), 1, Run(1000, direct + 20 * number, 900, 10 + number))
    for name in ("nginx", "waypost", "uvicorn + aiohttp", "FastAPI + httpx"):
        figures.add(name, 16, Run(1000, 10, 20, 10))
    figures.add("waypost unified", 16, Run(100, 5000, 9000, 400))
    plan = Plan(connections=(1,), rounds=1, seconds=1, core=0)
    added = [each.value for each in report.judged(figures, plan) if each.goal.unit == "µs"]
    assert added == [60, 400]
    rows = report.one_core_rows(figures)
    assert [row[3] for row in rows[1:4]] == ["20 µs", "40 µs", "60 µs"]


def test_a_program_is_moved_to_another_core_and_back(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "bench.upstream", str(port := free_port())]
    first, last = cores()
    with running("x", command, core=first, port=port, log=tmp_path / "log") as program:
        with program.moved(last):
            assert os.sched_getaffinity(program.process.pid) == {last}
        assert os.sched_getaffinity(program.process.pid) == {first}


def test_provider_answers_have_the_promised_size() -> None:
    assert len(page_of(3000)) == 3000
    assert users(25).count(b'"email"') == 25


@pytest.mark.parametrize(
    ("options", "prefix", "optimised"),
    [
        ("'--enable-shared' '--prefix=/usr' 'CC=x86_64-linux-gnu-gcc'", "/usr", True),
        ("'--enable-optimizations' '--with-lto'", "/opt/python", True),
        ("'--enable-shared' '--prefix=/opt/python'", "/opt/python", False),
        ("", "/opt/python", False),
    ],
)
def test_how_a_python_was_built(options: str, prefix: str, *, optimised: bool) -> None:
    assert is_optimised(options, prefix) is optimised


def test_machine_is_described() -> None:
    assert "Python" in described()
    assert cores()[0] >= 0
    assert 0 <= busy_share(0.01) <= 1024


def test_catalogue_is_mailersend_with_limits_out_of_reach(tmp_path: Path) -> None:
    catalog = load_catalog(write_catalog(tmp_path / "catalog"))
    limits = catalog.integrations[INTEGRATION].integration.rate_limit
    assert limits is not None
    assert all(each.limit > 1_000_000 for each in limits.classes.values())


def test_a_program_that_does_not_start_says_why(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "raise SystemExit('no such luck')"]
    log = tmp_path / "log"
    core = cores()[0]
    with (
        pytest.raises(CannotMeasure, match="no such luck"),
        running("it", command, core=core, port=free_port(), log=log),
    ):
        pass


def test_platform_is_set_up_over_http_and_streams(tmp_path: Path) -> None:
    core = cores()[0]
    port = free_port()
    command = [sys.executable, "-m", "bench.upstream", str(port)]
    with (
        running("provider", command, core=core, port=port, log=tmp_path / "provider.log") as up,
        contextlib.ExitStack() as stack,
    ):
        installation = installed(tmp_path / "waypost", upstream=port, core=core)
        program = stack.enter_context(installation.serving())
        page, users_target, root = link_account(program)
        assert users_target.path.startswith("/unified/")
        assert growth_down(page, root) < 100
        assert growth_up(page, root) < 100
        assert program.memory()[0] > 0
        assert program.cpu_seconds() > 0
        worker = stack.enter_context(installation.serving("a second one"))
        before, _ = worker.memory()
        ask_admin(worker, page.token)
        assert worker.memory()[0] > before + 1, "the admin half was loaded before it was asked for"
        stopped: list[Program] = [up, program, worker]
    assert all(each.process.poll() is not None for each in stopped)


def test_events_have_rows_of_their_own() -> None:
    assert read_arguments(["--events"]).events
    rows = report.event_rows([EventRun("SQLite", 20, 0.0421, 1.5, 123.4, 0.0021)])
    assert rows[1] == ("SQLite", "20", "42 ms", "1,500 ms", "123", "2.1 ms")
    assert "SQLite" in report.as_text(rows)
