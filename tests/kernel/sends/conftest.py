"""A desk: the room's parts on a real database, with an account whose data key is in memory."""

from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import select
from tests.support.kernel_world import KernelWorld

from waypost.base.database import Database
from waypost.engine.manifest.integration import Method
from waypost.engine.manifest.strict import checked_json
from waypost.entrypoints.http.problems import problem
from waypost.kernel.sends.guard import GuardedCall, HeldKey
from waypost.kernel.sends.sends import Sends, build_sends
from waypost.kernel.sends.store import Claim, Key, Known, find_key, sends

LETTER = checked_json(
    Method,
    """{
        "verb": "POST", "path": "/letters", "description": "Sends a letter.", "sends": "email",
        "sending": {"from": "from", "to": ["to"], "subject": "subject", "id_header": "x-id"}
    }""",
)


@dataclass
class Desk:
    """One process's sends, for one account."""

    world: KernelWorld
    sends: Sends
    environment_id: str
    account_id: str

    def key(self, text: str = "k1", surface: str = "passthrough") -> Key:
        return Key(self.environment_id, self.account_id, surface, text)

    def claim(self, identifier: str = "c1", digest: str = "d1", key: str = "k1") -> Claim:
        now = self.world.clock.now()
        return Claim(identifier, self.key(key), digest, now, now + 24 * 3600)

    async def rows(self) -> list[dict[str, Any]]:
        """Return the sends on the books, oldest first, once everything that waits is written."""
        await self.sends.ledger.flush()
        async with self.world.database.read() as connection:
            statement = select(sends).order_by(sends.c.created_at, sends.c.id)
            return [dict(row._mapping) for row in await connection.execute(statement)]

    async def known(self, key: str = "k1") -> Known | None:
        async with self.world.database.read() as connection:
            return await find_key(connection, self.key(key))

    def call(self, held: HeldKey | None = None, method: Method | None = LETTER) -> GuardedCall:
        return GuardedCall(
            self.environment_id,
            self.account_id,
            "acme",
            "passthrough",
            "letters",
            "create",
            method,
            held,
        )


@pytest.fixture
async def desk(database: Database) -> Desk:
    world = KernelWorld(database)
    shop = await world.environment()
    account = await world.account(shop)
    await world.accounts.for_call(shop, account.id)  # its data key is in memory from here on
    sends = build_sends(database, world.tasks, world.vault, world.clock, problem=problem)
    return Desk(world, sends, shop, account.id)
