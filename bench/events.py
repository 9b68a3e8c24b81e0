"""Events: how soon what a provider tells is at a customer's endpoint, and how many a process can do."""

import asyncio
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import uvloop
from proofs.events.endpoints import Customer, Customers, serving_customers
from proofs.events.flood import Provider, Told, happenings, schedule_of
from proofs.events.server import Admin, Server
from proofs.events.verdict import part, waits
from tests.support.postgres import NoPostgres, own_postgres

from bench.machine import CannotMeasure

SECRET = "secret-of-the-benchmark"
PACE = 10.0
"""Events a second when it is measured how soon they arrive."""
ENDPOINTS = (1, 20)
DURABLE = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"}
PATIENCE = 120.0


@dataclass(frozen=True)
class EventRun:
    """What one process did: seconds to arrive at a steady pace, and events a second in a flood."""

    database: str
    endpoints: int
    p50: float
    p99: float
    rate: float
    cpu: float
    """Seconds of processor time for each event of the flood."""


@dataclass(frozen=True)
class EventPlan:
    """How many events are told at a pace, and how many at once."""

    paced: int
    flood: int


FULL = EventPlan(paced=200, flood=1000)
QUICK = EventPlan(paced=40, flood=200)


def measure_events(plan: EventPlan, say: Callable[[str], None]) -> list[EventRun]:
    """Measure on both databases; PostgreSQL is left out where there is none."""
    found: list[EventRun] = []
    for database in ("SQLite", "PostgreSQL"):
        for endpoints in ENDPOINTS:
            say(f"events on {database}, {endpoints} endpoints")
            with ExitStack() as stack:
                folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
                settings = {}
                if database == "PostgreSQL":
                    try:
                        server = stack.enter_context(own_postgres(**DURABLE))
                    except NoPostgres as error:
                        say(f"! no PostgreSQL: {error}")
                        return found
                    settings["database_url"] = server.url
                found.append(
                    uvloop.run(_measured(database, endpoints, plan, Server(folder, **settings)))
                )
    return found


async def _measured(database: str, endpoints: int, plan: EventPlan, server: Server) -> EventRun:
    everybody = [Customer(f"endpoint {number}") for number in range(endpoints)]
    async with serving_customers(everybody) as here:
        await asyncio.to_thread(server.start)
        try:
            path = await asyncio.to_thread(_set_up, server, here)
            provider = Provider(server.url, [path], SECRET)
            told = happenings(20 + plan.paced + plan.flood, 1, seed=1)
            warm, paced, flood = told[:20], told[20 : 20 + plan.paced], told[20 + plan.paced :]
            await _tell(provider, everybody, warm, PACE)
            began = time.time()
            await _tell(provider, everybody, paced, PACE)
            times = waits(everybody, provider.first, began, time.time())
            cpu, at = server.cpu_seconds(), time.monotonic()
            await _tell(provider, everybody, flood, 1e9)
            lasted, used = time.monotonic() - at, server.cpu_seconds() - cpu
        finally:
            await asyncio.to_thread(server.stop)
    return EventRun(
        database,
        endpoints,
        p50=part(times, 0.5),
        p99=part(times, 0.99),
        rate=plan.flood / lasted,
        cpu=used / plan.flood,
    )


def _set_up(server: Server, here: Customers) -> str:
    admin = Admin(server)
    try:
        environment = admin.ask("POST", "/environment", name="bench")["id"]
        order = {"environment_id": environment, "name": "bench"}
        admin.token = admin.ask("POST", "/api-token", **order)["token"]
        wanted = {"integration_id": "mailersend"}
        install = admin.ask("POST", "/environment-integration", **wanted)["id"]
        account = admin.ask(
            "POST",
            "/integrated-account",
            tenant_id="t",
            environment_integration_id=install,
            context={"api_token": "nobody's", "webhook_secret": SECRET},
        )["id"]
        for customer in here.everybody:
            admin.ask("POST", "/webhook", target_url=here.url(customer))
    finally:
        admin.close()
    return f"/integrated-account-webhook/{account}"


async def _tell(
    provider: Provider, everybody: Sequence[Customer], told: Sequence[Told], pace: float
) -> None:
    """Tell some, and wait until everybody has them; raises CannotMeasure."""
    wanted = sum(len(each.names) for each in everybody) + len(told) * len(everybody)
    schedule = schedule_of(told, pace, 1, doubled=0.0, astray=0.0)
    await provider.tell_all(schedule, connections=32)
    ends = time.monotonic() + PATIENCE
    while sum(len(each.names) for each in everybody) < wanted:
        if time.monotonic() > ends:
            raise CannotMeasure("events did not arrive")
        await asyncio.sleep(0.01)
