"""The figures as a table: for a terminal, and as the page of the documentation."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bench import goals
from bench.events import EventRun
from bench.goals import Goal, Verdict
from bench.session import ONE_CORE, Figures, Plan

PROXIES = ("nginx", "uvicorn + aiohttp", "waypost", "waypost, plain", "FastAPI + httpx")
Row = tuple[str, ...]


@dataclass(frozen=True)
class Judged:
    """A goal with what was reached."""

    goal: Goal
    value: float
    verdict: Verdict


def judged(figures: Figures, plan: Plan) -> list[Judged]:
    """Hold the figures against this stage's goals."""
    values = [
        (goal, figures.ratio("nginx", "waypost", connections))
        for goal, connections in zip(goals.THROUGHPUT.values(), goals.THROUGHPUT, strict=True)
        if connections in plan.connections
    ]
    if ("nginx, 2", 64) in figures.runs:
        values.append((goals.TWO_PROCESSES, figures.ratio("nginx, 2", "waypost, 2", 64)))
    if ("nginx, TLS", 16) in figures.runs:
        values.append((goals.OVER_TLS, figures.ratio("nginx, TLS", "waypost, TLS", 16)))
    values += [
        (goals.BARE, figures.ratio("uvicorn + aiohttp", "waypost", 16)),
        (goals.USUAL, figures.ratio("FastAPI + httpx", "waypost", 16)),
    ]
    if 1 in plan.connections:
        alone = [figures.median(ONE_CORE.format(name), 1).p50 for name in ("direct", "waypost")]
        added = alone[1] - alone[0]
        values.append((goals.ADDED, added))
    values += [
        (goals.UNIFIED, figures.median("waypost unified", 16).cpu),
        (goals.MEMORY, figures.memory["waypost"][0]),
        (goals.DOWN, figures.growth_down),
        (goals.UP, figures.growth_up),
    ]
    return [Judged(goal, value, goal.judge(value)) for goal, value in values]


def throughput_rows(figures: Figures, plan: Plan) -> list[Row]:
    """Return the proxies' rows, with a head."""
    rows: list[Row] = [
        (
            "proxy",
            "connections",
            "requests/s",
            "p50 added",
            "p99 added",
            "CPU/request",
            "of nginx, by rate",
            "of nginx, by CPU",
        )
    ]
    for connections in plan.connections:
        direct = figures.median("direct", connections)
        nginx = figures.median("nginx", connections)
        for name in PROXIES:
            run = figures.median(name, connections)
            rows.append(
                (
                    name,
                    str(connections),
                    f"{run.rate:,.0f}",
                    _micros(run.p50 - direct.p50),
                    _micros(run.p99 - direct.p99),
                    f"{run.cpu:,.0f} µs",
                    f"{run.rate / nginx.rate:.3f}",
                    f"{figures.ratio('nginx', name, connections):.3f}",
                )
            )
    return rows


def one_core_rows(figures: Figures) -> list[Row]:
    """Return the rows of one caller with everything on one core, with a head."""
    rows: list[Row] = [
        ("1 connection, everything on one core", "requests/s", "p50", "p50 added", "CPU/request")
    ]
    if (ONE_CORE.format("direct"), 1) in figures.runs:
        direct = figures.median(ONE_CORE.format("direct"), 1)
        for name in PROXIES:
            if (ONE_CORE.format(name), 1) in figures.runs:
                run = figures.median(ONE_CORE.format(name), 1)
                times = [_micros(each) for each in (run.p50, run.p50 - direct.p50, run.cpu)]
                rows.append((name, f"{run.rate:,.0f}", *times))
    return rows


def process_rows(figures: Figures) -> list[Row]:
    """Return the rows of two processes, with a head."""
    rows: list[Row] = [
        ("2 processes, 64 connections", "requests/s", "CPU/request", "of nginx, by CPU")
    ]
    for name in ("nginx, 2", "waypost, 2"):
        if (name, 64) in figures.runs:
            run = figures.median(name, 64)
            ratio = figures.ratio("nginx, 2", name, 64)
            rows.append((name, f"{run.rate:,.0f}", f"{run.cpu:,.0f} µs", f"{ratio:.3f}"))
    return rows


def more_rows(figures: Figures) -> list[Row]:
    """Return the rows of TLS, of what others publish, and of many accounts and records, with a head."""
    rows: list[Row] = [("16 connections", "requests/s", "p50", "CPU/request", "of nginx, by CPU")]
    for name in ("nginx, TLS", "waypost, TLS", *figures.published, *figures.crowds):
        run = figures.median(name, 16)
        nginx = figures.median("nginx, TLS" if name.endswith("TLS") else "nginx", 16)
        micros = f"{run.cpu:,.0f} µs"
        rows.append(
            (name, f"{run.rate:,.0f}", _micros(run.p50), micros, f"{nginx.cpu / run.cpu:.3f}")
        )
    return rows


def unified_rows(figures: Figures) -> list[Row]:
    """Return the rows of the unified list, with a head."""
    rows: list[Row] = [("unified list of 25 users", "requests/s", "p50", "CPU/request")]
    for label, name in (("waypost", "waypost unified"), ("FastAPI + httpx", "plain unified")):
        run = figures.median(name, 16)
        rows.append((label, f"{run.rate:,.0f}", _micros(run.p50), f"{run.cpu:,.0f} µs"))
    return rows


def memory_rows(figures: Figures) -> list[Row]:
    """Return the rows of memory, with a head."""
    rows: list[Row] = [("memory at 256 connections", "RSS", "PSS")]
    for name, (rss, pss) in figures.memory.items():
        rows.append((name, f"{rss:.0f} MiB", f"{pss:.0f} MiB"))
    return rows


def event_rows(runs: Iterable[EventRun]) -> list[Row]:
    """Return the rows of events, with a head."""
    rows: list[Row] = [
        ("provider to endpoint", "endpoints", "p50", "p99", "events/s, 1 process", "CPU/event")
    ]
    for run in runs:
        times = [f"{each * 1000:,.0f} ms" for each in (run.p50, run.p99)]
        rows.append(
            (
                run.database,
                str(run.endpoints),
                *times,
                f"{run.rate:,.0f}",
                f"{run.cpu * 1000:,.1f} ms",
            )
        )
    return rows


def verdict_rows(results: Iterable[Judged]) -> list[Row]:
    """Return the rows of goals, with a head."""
    rows: list[Row] = [("figure", "measured", "goal", "floor", "verdict")]
    for each in results:
        unit, digits = each.goal.unit, 3 if each.goal.unit == "×" else 0
        measured = f"{each.value:.{digits or 1}f} {unit}"
        limits = [f"{limit:g} {unit}" for limit in (each.goal.goal, each.goal.floor)]
        rows.append((each.goal.what, measured, *limits, each.verdict))
    return rows


def as_text(rows: Sequence[Row]) -> str:
    """Return rows as aligned columns."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [
        "  ".join(
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:]])


def as_markdown(rows: Sequence[Row]) -> str:
    """Return rows as a Markdown table."""
    head, *body = ["| " + " | ".join(row) + " |" for row in rows]
    rule = "|" + "|".join([" --- "] + [" ---: "] * (len(rows[0]) - 1)) + "|"
    return "\n".join([head, rule, *body])


def page(tables: Sequence[Sequence[Row]], machine: str, busy: float) -> str:
    """Return the page of the documentation."""
    opening = f"""# Benchmarks

Written by `./dev bench --write`; do not edit by hand. Everything ran side by side in one run on
loopback: the proxies on one core, the load (wrk) and the provider on another. Waypost is the real
`waypost serve` with token check, account lookup, secret injection, rate budget and call record on,
on SQLite; "waypost, plain" is the same with WAYPOST_HTTP=plain. "CPU/request" is the processor time of all the server's threads; the ratio "by CPU" is
the sturdy one, pair by pair, the median of the rounds. Medians elsewhere too. What a proxy adds to one
caller is measured with load and provider on its own core: between two, the machine's waking of an idle
core is most of it. "bytes only, uvloop" reads no request and no answer: nothing on this event loop can
take less.

Memory is that of one process after a run at 256 connections. "waypost" is a worker as production has
them: started on an installation that is set up, and asked for calls only. Its first admin request loads
the web framework, which is the next row; the last row is the server that was set up over HTTP and
served everything measured before, unified lists and 100 MB bodies among it.

Machine: {machine}. Other programs used {busy:.2f} of a core when it began.
"""
    return "\n\n".join([opening.rstrip(), *(as_markdown(table) for table in tables)]) + "\n"


def _micros(value: float) -> str:
    return f"{value / 1000:.2f} ms" if abs(value) >= 1000 else f"{value:.0f} µs"
