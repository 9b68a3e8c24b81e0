"""A world that sends: a verified domain at the sandbox, letters, and the books on both sides."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import httpx
from sqlalchemy import text
from tests.support.world import World

from waypost.entrypoints.wiring import build_reconciler

DOMAIN = "mail.orchard.test"
SENDER = f"orders@{DOMAIN}"


def letter(subject: str = "Your order has left the orchard", **more: Any) -> dict[str, Any]:
    """Return the body of a small email."""
    return {
        "from": {"email": SENDER, "name": "Orchard"},
        "to": [{"email": "nia.okafor@example.com", "name": "Nia"}],
        "subject": subject,
        "text": "It should reach you on Friday.",
        **more,
    }


SURFACES = ("passthrough", "proxy", "custom")
"""The surfaces through which a message leaves; no unified model sends yet."""


def post(
    world: World, surface: str, body: Any, key: str | None = None, path: str = "email"
) -> httpx.Response:
    """Send by one of the surfaces; `path` is both the resource's name and its path."""
    headers = {} if key is None else {"idempotency-key": key}
    if surface == "passthrough":
        target = f"/passthrough/{world.account}/{path}"
        return world.environment.post(target, json=body, headers=headers)
    return world.post(f"/{surface}/{path}", json=body, headers=headers)


def ready(world: World) -> World:
    """Give the sandbox account a domain it may send from."""
    world.sandbox.seed(domains=[{"name": DOMAIN, "is_verified": True}])
    return world


def outbox(world: World, subject: str | None = None) -> list[dict[str, Any]]:
    """Return the messages that would have reached somebody, one per message."""
    world.sandbox.control("POST", "/clock", {"advance": 2})
    found: list[dict[str, Any]] = world.sandbox.control("GET", "/outbox")["data"]
    return [each for each in found if subject is None or each["subject"] == subject]


def sends_of(world: World) -> list[dict[str, Any]]:
    """Return the platform's sends of this world's account, oldest first."""
    kernel = world.environment.served.kernel

    async def read() -> list[dict[str, Any]]:
        await kernel.sends.ledger.flush()
        await asyncio.sleep(0)
        async with kernel.database.read() as connection:
            query = text("SELECT * FROM send WHERE account_id = :id ORDER BY created_at, id")
            rows = await connection.execute(query, {"id": world.account})
            return [dict(row._mapping) for row in rows]

    return world.environment.served.run(read())


def moment() -> float:
    """Return the real time in Unix seconds."""
    return datetime.now(UTC).timestamp()


def turn(world: World, at: float) -> None:
    """Stop the clocks of platform and sandbox at a moment (Unix seconds)."""
    world.turn_to(datetime.fromtimestamp(at, UTC).isoformat())


def reconcile(world: World, rounds: int = 1) -> list[dict[str, Any]]:
    """Have the platform look for what is due; return the sends."""
    kernel = world.environment.served.kernel
    reconciler = build_reconciler(kernel)
    for _ in range(rounds):
        sends_of(world)  # everything that waits is written
        world.environment.served.run(reconciler.round())
    return sends_of(world)
