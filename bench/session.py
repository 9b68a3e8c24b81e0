"""One session of measurements: rounds in turn, so that a machine that drifts drifts for everybody."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from statistics import median

from bench.contenders import Contenders
from bench.crowd import crowds
from bench.load import Run, Target, measure
from bench.platform_setup import ask_admin
from bench.streams import growth_down, growth_up

MEMORY_CONNECTIONS = 256
ONE_CORE = "{}, one core"
"""How a run is named whose load and provider were on the proxy's own core."""
Say = Callable[[str], None]


@dataclass(frozen=True)
class Plan:
    """How long to measure what."""

    connections: tuple[int, ...]
    rounds: int
    seconds: int
    core: int
    two_processes: bool = False
    more: bool = False
    """Whether TLS, published proxies, many accounts and many call records are measured, too."""


FULL = {
    "connections": (1, 16, 64, 256),
    "rounds": 4,
    "seconds": 3,
    "two_processes": True,
    "more": True,
}
QUICK = {"connections": (16,), "rounds": 3, "seconds": 1}


@dataclass
class Figures:
    """What was measured: runs by (name, connections), ratios of each round, and memory in MiB."""

    runs: dict[tuple[str, int], list[Run]] = field(default_factory=dict)
    memory: dict[str, tuple[float, float]] = field(default_factory=dict)
    growth_down: float = 0.0
    growth_up: float = 0.0
    published: list[str] = field(default_factory=list)
    crowds: list[str] = field(default_factory=list)

    def add(self, name: str, connections: int, run: Run) -> None:
        """Keep a run."""
        self.runs.setdefault((name, connections), []).append(run)

    def median(self, name: str, connections: int) -> Run:
        """Return a run made of the medians of a contender's runs."""
        runs = self.runs[name, connections]
        return Run(
            rate=median(run.rate for run in runs),
            p50=median(run.p50 for run in runs),
            p99=median(run.p99 for run in runs),
            cpu=median(run.cpu for run in runs),
        )

    def ratio(self, name: str, other: str, connections: int) -> float:
        """Return how many times the CPU of `name` the other one takes: pair by pair, the median."""
        pairs = zip(self.runs[name, connections], self.runs[other, connections], strict=False)
        return median(first.cpu / second.cpu for first, second in pairs)


def run_session(who: Contenders, plan: Plan, say: Say) -> Figures:
    """Measure everything; raises CannotMeasure."""
    figures = Figures()
    proxies = [who.direct, who.nginx, who.bare, who.waypost, who.waypost_plain]
    everyone = [*proxies[1:], who.plain, who.waypost_users, who.plain_users]
    for target in everyone:
        measure(target, connections=16, seconds=1, core=plan.core)
    for connections in plan.connections:
        say(f"page of 3 KB, {connections} connections")
        _rounds(figures, plan, connections, proxies)
        _once(figures, plan, connections, who.plain)
    if 1 in plan.connections:
        say("page of 3 KB, 1 connection, everything on one core")
        _on_one_core(figures, plan, who, proxies)
    if plan.two_processes:
        say("two processes each, 64 connections")
        with who.pairs() as pairs:
            _rounds(figures, plan, 64, list(pairs))
    if plan.more:
        _more(figures, plan, who, say)
    say("unified list of 25 users, 16 connections")
    for _ in range(plan.rounds):
        _measure(figures, plan, 16, who.waypost_users, "waypost unified")
    _measure(figures, plan, 16, who.plain_users, "plain unified")
    say("100 MB down and up")
    figures.growth_down = growth_down(who.waypost, who.waypost_root)
    figures.growth_up = growth_up(who.waypost, who.waypost_root)
    say(f"memory at {MEMORY_CONNECTIONS} connections")
    for target in (who.nginx, who.bare):
        _measure(figures, plan, MEMORY_CONNECTIONS, target)
        figures.memory[target.name] = target.program.memory()
    _memory_of_a_worker(figures, plan, who)
    return figures


def _on_one_core(figures: Figures, plan: Plan, who: Contenders, proxies: list[Target]) -> None:
    """Measure what a proxy adds to a single caller.

    Between two cores that do nothing else it is mostly what the machine takes to wake them, several
    times for a call, which differs from machine to machine more than the proxies do.
    """
    core = who.installation.core
    here = replace(plan, core=core)
    with who.direct.program.moved(core):
        for _ in range(plan.rounds):
            for target in proxies:
                _measure(figures, here, 1, target, ONE_CORE.format(target.name))


def _more(figures: Figures, plan: Plan, who: Contenders, say: Say) -> None:
    say("TLS to the provider, 16 connections")
    with who.secured() as secured:
        for target in secured:
            measure(target, connections=16, seconds=1, core=plan.core)
        _rounds(figures, plan, 16, list(secured))
    say("published proxies, 16 connections")
    with who.published(say) as published:
        for target in published:
            _once(figures, plan, 16, target)
            figures.published.append(target.name)
    for what, target in crowds(who.installation, who.waypost, say):
        _measure(figures, plan, 16, target, what)  # and have what was changed reach memory
        figures.runs.pop((what, 16))
        _measure(figures, plan, 16, target, what)
        figures.crowds.append(what)


def _memory_of_a_worker(figures: Figures, plan: Plan, who: Contenders) -> None:
    """Measure one that serves calls only, then the same after an admin request, then the old hand."""
    old_hand = who.waypost
    with who.installation.serving() as worker:
        target = replace(old_hand, program=worker)
        _measure(figures, plan, MEMORY_CONNECTIONS, target)
        figures.memory["waypost"] = worker.memory()
        ask_admin(worker, target.token)
        figures.memory["waypost, after an admin request"] = worker.memory()
    _measure(figures, plan, MEMORY_CONNECTIONS, old_hand)
    figures.memory["waypost, after all of the above"] = old_hand.program.memory()


def _rounds(figures: Figures, plan: Plan, connections: int, targets: list[Target]) -> None:
    for _ in range(plan.rounds):
        for target in targets:
            _measure(figures, plan, connections, target)


def _once(figures: Figures, plan: Plan, connections: int, target: Target) -> None:
    _measure(figures, plan, connections, target)


def _measure(
    figures: Figures, plan: Plan, connections: int, target: Target, name: str | None = None
) -> None:
    run = measure(target, connections=connections, seconds=plan.seconds, core=plan.core)
    figures.add(name or target.name, connections, run)
