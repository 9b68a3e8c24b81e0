"""`./dev proof events [options]`: a flood of events, endpoints that fail, processes that are killed.

Each database has two runs with the same seed: in one of them an endpoint hangs for its full timeout
throughout. The first third of a flood is calm; in the rest, workers and the whole program are killed.
When it is over the hanging endpoint recovers, and the program is started again on a clock that is
turned until nothing waits.
"""

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvloop
from tests.support.postgres import own_postgres
from tests.support.sandbox import Sandbox, sandbox_process

from proofs.events.endpoints import Customer, Customers, serving_customers
from proofs.events.flood import KINDS, Provider, Told, happenings, schedule_of
from proofs.events.mailings import Mailings
from proofs.events.progress import Progress
from proofs.events.server import Admin, Server
from proofs.events.verdict import Happening, Verdict, Wish, judge, part, waits

SECRET = "secret-of-the-provider"
ACCOUNTS = 4
CALM = 1 / 3
WARM = 100
MAILING_EVERY = 500
"""Of so many events one is a message of the sandbox, which tells of itself several times."""
TURNS = 30
"""How many hours the clock may be turned until nothing waits: more than all attempts take."""
TYPES = {
    "sent": "message.sent",
    "delivered": "message.delivered",
    "opened": "message.opened",
    "clicked": "message.clicked",
    "soft_bounced": "message.bounced",
}


@dataclass(frozen=True)
class Plan:
    """What is tried."""

    events: int = 20_000
    rate: float = 100.0
    kills: int = 12
    processes: int = 2
    connections: int = 32
    seed: int = 20261122
    hangs: bool = True
    patience: float = 75.0
    """Seconds without an arrival after which the clock is turned: longer than an endpoint rests."""


@dataclass
class Outcome:
    """What came of one run."""

    verdict: Verdict
    calm: list[float]
    killing: list[float]
    after_taken: list[float]
    """Seconds from the acknowledged telling on, while processes are killed: what is ours to answer for."""
    workers_killed: int
    programs_killed: int
    tries: int
    refusals: int
    seconds: float
    hours_turned: int
    left: dict[str, int] = field(default_factory=dict)

    def lines(self) -> list[str]:
        """Say it for a person."""
        return [
            *self.verdict.lines(),
            f"killed: {self.workers_killed} workers, {self.programs_killed} times everything;"
            f" the provider told {self.tries} times and was refused {self.refusals} times",
            f"provider to endpoint, calm: p50 {part(self.calm, 0.5):.2f} s,"
            f" p99 {part(self.calm, 0.99):.2f} s",
            f"provider to endpoint, while killing: p50 {part(self.killing, 0.5):.2f} s,"
            f" p99 {part(self.killing, 0.99):.2f} s; of it once we had taken it:"
            f" p50 {part(self.after_taken, 0.5):.2f} s, p99 {part(self.after_taken, 0.99):.2f} s",
            f"took {self.seconds:.0f} s and {self.hours_turned} hours of a turned clock",
        ]


def cast(*, hangs: bool) -> list[tuple[Customer, Wish]]:
    """Return the twenty endpoints and what each asked for; fewer by one where none hangs."""

    def wish(kinds: str = "", tenants: str = "", *, is_ordered: bool = False) -> Wish:
        types = frozenset(TYPES[each] for each in kinds.split()) or None
        return Wish(types, frozenset(tenants.split()) or None, is_ordered)

    found = [
        (Customer("all"), wish()),
        (Customer("all, failing", failing=0.03), wish()),
        (Customer("all, in order"), wish(is_ordered=True)),
        *((Customer(f"kind {kind}"), wish(kind)) for kind in KINDS),
        *((Customer(f"tenant t{each}"), wish("", f"t{each}")) for each in range(3)),
        (Customer("tenant t3, in order, failing", failing=0.03), wish("", "t3", is_ordered=True)),
        *((Customer(f"t{each}, two kinds"), wish("sent opened", f"t{each}")) for each in range(4)),
        (Customer("bounces, often failing", failing=0.3), wish("soft_bounced")),
        (Customer("clicks, sometimes silent", slow=0.004), wish("clicked")),
        (Customer("two tenants, failing", failing=0.1), wish("delivered", "t0 t1")),
    ]
    if hangs:
        found.insert(3, (Customer("hanging", hangs=True), wish("", "t2")))
    return found


class Run:
    """One run: who takes part, and what is done to them."""

    def __init__(
        self, plan: Plan, folder: Path, sandbox: Sandbox, database_url: str | None
    ) -> None:
        more = {} if database_url is None else {"database_url": database_url}
        self.plan = plan
        self.server = Server(
            folder,
            processes=str(plan.processes),
            base_urls=f'{{"mailersend": "{sandbox.root}/v1"}}',
            **more,
        )
        self.admin = Admin(self.server)
        self.sandbox = sandbox
        self.cast = cast(hangs=plan.hangs)
        self.told = happenings(plan.events, ACCOUNTS, plan.seed)
        self.mailings = Mailings(sandbox, plan.seed)
        self.expected = [
            Happening(each.name, TYPES[each.kind], f"t{each.account}", each.message)
            for each in self.told
        ]
        self._is_over = False

    async def play(self) -> Outcome:
        """Run it to its end."""
        began = time.monotonic()
        async with serving_customers([customer for customer, _ in self.cast]) as here:
            await asyncio.to_thread(self.server.start)
            try:
                paths = await asyncio.to_thread(self._set_up, here)
                provider = Provider(self.server.url, paths, SECRET)
                calm = await self._flood(provider)
                hours = await self._let_everything_arrive()
            finally:
                await asyncio.to_thread(self.server.stop)
                self.admin.close()
        known = provider.acknowledged.keys() | {
            each.name for each in self.expected[len(self.told) :]
        }
        customers = [customer for customer, _ in self.cast]
        return Outcome(
            verdict=judge(
                self.expected,
                self.cast,
                known.__contains__,
                provider.first,
                provider.acknowledged,
            ),
            calm=waits(customers, provider.first, *calm),
            killing=waits(customers, provider.first, calm[1], time.time()),
            after_taken=waits(customers, provider.acknowledged, calm[1], time.time()),
            workers_killed=self.server.killed_workers,
            programs_killed=self.server.killed_whole,
            tries=provider.tries,
            refusals=len(provider.refusals),
            seconds=time.monotonic() - began,
            hours_turned=hours,
        )

    def _set_up(self, here: Customers) -> list[str]:
        ask = self.admin.ask
        environment = ask("POST", "/environment", name="Shop")["id"]
        order = {"environment_id": environment, "name": "proof"}
        self.admin.token = ask("POST", "/api-token", **order)["token"]
        install = ask("POST", "/environment-integration", integration_id="mailersend")["id"]
        for customer, wish in self.cast:
            ask("POST", "/webhook", **_order(here.url(customer), wish))
        paths = []
        for number in range(ACCOUNTS):
            account = ask(
                "POST",
                "/integrated-account",
                tenant_id=f"t{number}",
                environment_integration_id=install,
                context={
                    "api_token": self.sandbox.account().api_token,
                    "webhook_secret": SECRET,
                },
            )["id"]
            paths.append(f"/integrated-account-webhook/{account}")
        self.mailings.link(self.admin, install)
        return paths

    async def _flood(self, provider: Provider) -> tuple[float, float]:
        """Tell everything, two thirds of it while processes are killed; return the calm's bounds."""
        warm = min(WARM, len(self.told) // 20)
        calm = warm + int(len(self.told) * CALM)
        await self._tell(provider, self.told[:warm], "warming up")
        began = time.time()
        await self._tell(provider, self.told[warm:calm], "calm")
        ended = time.time()
        lasts = (len(self.told) - calm) / self.plan.rate
        await self._tell(
            provider, self.told[calm:], "killing", self._kill(lasts), self._mail(lasts)
        )
        return began, ended

    async def _tell(
        self,
        provider: Provider,
        told: Sequence[Told],
        what: str,
        *beside: Coroutine[Any, Any, None],
    ) -> None:
        """Tell some of it, and wait until it has arrived or nothing comes any more."""
        plan = self.plan
        schedule = schedule_of(told, plan.rate, plan.seed, doubled=0.1, astray=3.0)
        self._is_over = False
        others = [asyncio.ensure_future(each) for each in beside]
        watch = asyncio.ensure_future(self._watch(what))
        await provider.tell_all(schedule, connections=plan.connections)
        self._is_over = True
        await asyncio.gather(watch, *others)
        quiet = min(6.0, plan.patience)
        await self._settled(quiet, what, len(provider.acknowledged))

    async def _kill(self, lasts: float) -> None:
        """Kill workers, and every third time everything, at moments that the seed names."""
        chance = random.Random(self.plan.seed + 3)
        moments = sorted(lasts * chance.uniform(0.02, 0.95) for _ in range(self.plan.kills))
        began = time.monotonic()
        for number, moment in enumerate(moments):
            await asyncio.sleep(max(0.0, moment - (time.monotonic() - began)))
            if number % 3 == 2:
                await asyncio.to_thread(self.server.kill_whole)
                await asyncio.sleep(0.2)
                await asyncio.to_thread(self.server.start)
            else:
                self.server.kill_worker(chance)

    async def _mail(self, lasts: float) -> None:
        most = max(2, self.plan.events // MAILING_EVERY)
        while not self._is_over and self.mailings.sent < most:
            await asyncio.to_thread(self.mailings.send)
            await asyncio.sleep(lasts / (most + 1))

    async def _watch(self, what: str) -> None:
        progress = Progress(what, self._wanted())
        while not self._is_over:
            progress.show(self._arrived())
            await asyncio.sleep(0.2)
        progress.end()

    async def _let_everything_arrive(self) -> int:
        """Let the hanging endpoint recover, and turn the clock until nothing waits."""
        await asyncio.to_thread(self.mailings.advance, 200)
        await self._settled(min(20.0, self.plan.patience), "catching up")
        for customer, _ in self.cast:
            customer.hangs = False
        self.expected += await asyncio.to_thread(self.mailings.happenings)
        await self._settled(self.plan.patience, "recovering")
        if self._arrived() >= self._wanted():
            return 0
        await asyncio.to_thread(self.server.kill_whole)
        at = time.time()
        _turn(self.server.clock, at)
        await asyncio.to_thread(self.server.start, test_clock=str(self.server.clock))
        for hour in range(1, TURNS + 1):
            await asyncio.to_thread(self.mailings.advance, 3600)
            _turn(self.server.clock, at + 3600.0 * hour)
            await self._settled(4.0, f"hour {hour}")
            if self._arrived() >= self._wanted():
                return hour
        return TURNS

    async def _settled(self, quiet: float, what: str, told: int | None = None) -> None:
        """Wait until everything told is there, or nothing has come for a while."""
        wanted = self._wanted(told)
        progress, last, since = Progress(what, wanted), -1, time.monotonic()
        while (count := self._arrived()) < wanted:
            if count != last:
                last, since = count, time.monotonic()
            if time.monotonic() - since > quiet:
                break
            progress.show(count)
            await asyncio.sleep(0.2)
        progress.end()

    def _arrived(self) -> int:
        return sum(len(customer.names) for customer, _ in self.cast)

    def _wanted(self, told: int | None = None) -> int:
        return sum(
            wish.covers(each)
            for each in self.expected[:told]
            for customer, wish in self.cast
            if not customer.hangs
        )


def _order(url: str, wish: Wish) -> dict[str, Any]:
    order: dict[str, Any] = {"target_url": url}
    if wish.types is not None:
        order["event_types"] = sorted(wish.types)
    if wish.tenants is not None:
        order["tenant_ids"] = sorted(wish.tenants)
    if wish.is_ordered:
        order["ordered_by"] = "message"
    return order


def _turn(file: Path, at: float) -> None:
    draft = file.with_suffix(".new")
    draft.write_text(f"{at:.3f}")
    draft.replace(file)


def play(plan: Plan, folder: Path, sandbox: Sandbox, database_url: str | None = None) -> Outcome:
    """Make one run in a loop of its own."""
    return uvloop.run(Run(plan, folder, sandbox, database_url).play())


@contextmanager
def database(kind: str) -> Iterator[str | None]:
    """Give the URL of an empty database, None for the one in the data folder."""
    if kind == "sqlite":
        yield None
        return
    with own_postgres() as server:
        yield server.url


def main(arguments: Sequence[str]) -> int:
    """Run it in full, or as the options say; return 0 when it holds."""
    parser = argparse.ArgumentParser(prog="./dev proof events", description=__doc__)
    parser.add_argument("--events", type=int, default=Plan.events)
    parser.add_argument("--rate", type=float, default=Plan.rate, help="events a second")
    parser.add_argument("--kills", type=int, default=Plan.kills)
    parser.add_argument("--processes", type=int, default=Plan.processes)
    parser.add_argument("--seed", type=int, default=Plan.seed)
    parser.add_argument("--on", choices=["sqlite", "postgresql"], action="append")
    given = parser.parse_args(arguments)
    failed = 0
    for kind in given.on or ["sqlite", "postgresql"]:
        found = {}
        for hangs in (False, True):
            plan = Plan(
                events=given.events,
                rate=given.rate,
                kills=given.kills,
                processes=given.processes,
                seed=given.seed,
                hangs=hangs,
            )
            with ExitStack() as stack:
                folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
                sandbox = stack.enter_context(sandbox_process())
                url = stack.enter_context(database(kind))
                found[hangs] = play(plan, folder, sandbox, url)
            with_or_without = "with one that hangs" if hangs else "without one that hangs"
            print("\n".join([f"── {kind}, {with_or_without}", *found[hangs].lines()]), flush=True)
        failed += not report(found[True], found[False], print)
    return min(1, failed)


def report(hanging: Outcome, calm: Outcome, say: Callable[[str], None]) -> bool:
    """Say whether nothing was lost, and whether the one that hangs slowed the others."""
    holds = hanging.verdict.holds and calm.verdict.holds
    for name, one, other in (
        ("calm", hanging.calm, calm.calm),
        ("while killing", hanging.killing, calm.killing),
    ):
        ratio = part(one, 0.99) / max(0.001, part(other, 0.99))
        say(f"p99 of the others, {name}: {ratio:.2f} times that of a run without the hanging one")
        holds = holds and ratio <= 2.0
    say("holds" if holds else "DOES NOT HOLD")
    return holds


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
