"""Put what holds here on a provider's list, and take it off again: what is to be done, and was."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import Any

from waypost.base.clock import Clock, iso
from waypost.base.connection import AsyncConnection
from waypost.base.database import Database
from waypost.base.errors import InvalidRequest
from waypost.base.ids import new_id
from waypost.engine.sending import ListedSuppression
from waypost.kernel.suppressions.address import canonical, read_address
from waypost.kernel.suppressions.model import Target
from waypost.kernel.suppressions.pushes import store
from waypost.kernel.suppressions.pushes.store import Push
from waypost.kernel.suppressions.rules import is_ours

TURN_SECONDS = 300.0
"""How long a process keeps an account's pushing without a sign of life; each step is one."""
KEPT_SECONDS = 86_400.0
"""How long what was taken off is remembered: no page of a list is under way for longer."""
UNNAMED = "The provider's answer does not name it."


class LostTurn(Exception):
    """Raised to a process whose turn at an account another one has taken."""


class Pushes:
    """Keep what of ours stands on providers' lists, and who may be changing it."""

    def __init__(self, database: Database, *, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def progress(
        self, environment_id: str, account_ids: Collection[str]
    ) -> dict[str, dict[str, Any]]:
        """Return how each account's pushing goes, as it is shown."""
        async with self._database.read() as connection:
            counts = await store.counts(connection, environment_id, account_ids)
            known = await store.progress(connection, environment_id, account_ids)
        shown = {}
        for account_id in account_ids:
            row, count = known.get(account_id, {}), counts.get(account_id, {})
            finished = row.get("finished_at")
            shown[account_id] = {
                "on_list": count.get("ours", 0),
                "there_before": count.get("theirs", 0),
                "waiting": count.get("adding", 0) + count.get("removing", 0),
                "refused": count.get("refused", 0),
                "is_running": row.get("run") is not None,
                "last_finished_at": None if finished is None else iso(finished),
                "last_problem": row.get("reason"),
            }
        return shown

    async def of_address(self, environment_id: str, address: str) -> list[dict[str, Any]]:
        """Show where an address was put on providers' lists."""
        async with self._database.read() as connection:
            found = await store.of_addresses(connection, environment_id, [address])
        return [
            {
                "integrated_account_id": each.account_id,
                "domain": each.domain or None,
                "state": each.state,
                "reason": each.reason,
                "provider_list": each.native_list,
                "provider_id": each.native_id,
                "updated_at": iso(each.updated_at),
            }
            for each in found
        ]

    async def retry_refused(self, environment_id: str, account_id: str) -> None:
        """Have what the provider refused tried anew."""
        async with self._database.write() as connection:
            refused = await store.in_state(connection, environment_id, account_id, "refused", 1000)
            await store.remove(connection, environment_id, [each.id for each in refused])

    async def hand_over(self, environment_id: str, account_id: str) -> None:
        """Leave what was put there to the provider: the next reading tells of it as its own."""
        async with self._database.write() as connection:
            await store.hand_over(connection, environment_id, account_id)

    async def begin(self, environment_id: str, account_id: str) -> "Pass | float":
        """Return this process's turn at an account, or until when another has it."""
        run = new_id()
        now = self._clock.now()
        async with self._database.write() as connection:
            until = await store.claim(
                connection, environment_id, account_id, run=run, now=now, until=now + TURN_SECONDS
            )
            if until is not None:
                return until
            await store.forget_gone(connection, environment_id, account_id, now - KEPT_SECONDS)
        return Pass(self._database, self._clock, environment_id, account_id, run)


class Pass:
    """One turn at an account's list. Every method raises LostTurn, and writes before it returns."""

    def __init__(
        self, database: Database, clock: Clock, environment_id: str, account_id: str, run: str
    ) -> None:
        self._database = database
        self._clock = clock
        self._environment_id = environment_id
        self._account_id = account_id
        self._run = run

    async def end(self, reason: str | None) -> None:
        """Give the turn back; `reason` is what kept it from its end."""
        values: dict[str, Any] = {"reason": reason and reason[:500]}
        if reason is None:
            values["finished_at"] = self._clock.now()
        async with self._database.write() as connection:
            await store.release(
                connection, self._environment_id, self._account_id, self._run, values
            )

    async def domains(self, tenant_id: str) -> bool:
        """Say whether the account's domains must be known."""
        async with self._database.read() as connection:
            return await store.domains_held(
                connection, self._environment_id, tenant_id, self._account_id
            )

    async def adding(self, target: Target, limit: int) -> list[Push]:
        """Return what an earlier turn began to add and nobody knows the end of."""
        async with self._database.read() as connection:
            found = await store.in_state(
                connection, self._environment_id, self._account_id, "adding", 10_000
            )
        return [each for each in found if each.domain == target.domain][:limit]

    async def forget_but(self, domains: Iterable[str]) -> None:
        """Forget what was on its way to domains that the account has no more."""
        async with self._database.write() as connection:
            await store.forget_elsewhere(
                connection, self._environment_id, self._account_id, set(domains)
            )

    async def begin_adding(
        self, tenant_id: str, target: Target, after: str, limit: int
    ) -> list[Push]:
        """Write down what is to be added next, after an address; nothing when all is there."""
        now = self._clock.now()
        async with self._database.write() as connection:
            await self._keep(connection, now)
            addresses = await store.wanted(
                connection, self._environment_id, tenant_id, target, after=after, limit=limit
            )
            begun = [self._begun(target, address, now) for address in addresses]
            return [each for each in begun if await store.add(connection, each)]

    def _begun(self, target: Target, address: str, now: float) -> Push:
        return Push(
            id=new_id(),
            account_id=self._account_id,
            environment_id=self._environment_id,
            address=address,
            domain=target.domain,
            state="adding",
            native_list=target.native_list,
            native_id=None,
            gone="",
            reason=None,
            seen_in=None,
            missed=0,
            began_at=now,
            updated_at=now,
        )

    async def added(self, pushes: Sequence[Push], rows: Sequence[ListedSuppression]) -> None:
        """Note what the provider's answer says of what was added."""
        by_address = {_compared(row.address): row for row in rows}
        now = self._clock.now()
        async with self._database.write() as connection:
            await self._keep(connection, now)
            for each in pushes:
                row = by_address.get(_compared(each.address))
                values: dict[str, Any] = {"state": "refused", "reason": UNNAMED}
                if row is not None:
                    state = "ours" if is_ours(each.began_at, row.at) else "theirs"
                    values = {"state": state, "native_id": row.id, "reason": None}
                values["updated_at"] = now
                await store.change(connection, self._environment_id, [each.id], values)

    async def refused(self, push: Push, reason: str) -> None:
        """Note that the provider will not have it."""
        now = self._clock.now()
        async with self._database.write() as connection:
            await self._keep(connection, now)
            values = {"state": "refused", "reason": reason[:500], "updated_at": now}
            await store.change(connection, self._environment_id, [push.id], values)

    async def begin_removing(self, tenant_id: str, target: Target, limit: int) -> bool:
        """Mark what should not be there any more; False when there is nothing."""
        now = self._clock.now()
        async with self._database.write() as connection:
            await self._keep(connection, now)
            found = await store.unwanted(connection, self._environment_id, tenant_id, target, limit)
            ours = [each.id for each in found if each.state == "ours" and each.native_id]
            values = {"state": "removing", "updated_at": now}
            await store.change(connection, self._environment_id, ours, values)
            rest = [each.id for each in found if each.id not in ours]
            await store.remove(connection, self._environment_id, rest)
            return bool(found)

    async def begin_taking_back(self, lists: Collection[str], limit: int) -> bool:
        """Mark what the account told and a person removed here; False when there is nothing."""
        now = self._clock.now()
        async with self._database.write() as connection:
            await self._keep(connection, now)
            found = await store.taken_back(
                connection, self._environment_id, self._account_id, lists, limit
            )
            for address, name, native_id in found:
                target = Target(self._account_id, name, "", "", ())
                begun = self._begun(target, address, now)
                # Its place is its own: another of ours may stand for the same address.
                record = replace(begun, state="removing", native_id=native_id, gone=begun.id)
                await store.add(connection, record)
            return bool(found)

    async def removing(self, limit: int) -> list[Push]:
        """Return what is to be taken off, this turn's and what an earlier one left."""
        async with self._database.read() as connection:
            return await store.in_state(
                connection, self._environment_id, self._account_id, "removing", limit
            )

    async def removed(self, pushes: Sequence[Push]) -> None:
        """Note that it is off the list."""
        now = self._clock.now()
        async with self._database.write() as connection:
            await self._keep(connection, now)
            ids = [each.id for each in pushes]
            await store.bury(connection, self._environment_id, ids, now)

    async def _keep(self, connection: AsyncConnection, now: float) -> None:
        until = await store.claim(
            connection,
            self._environment_id,
            self._account_id,
            run=self._run,
            now=now,
            until=now + TURN_SECONDS,
        )
        if until is not None:
            raise LostTurn


def _compared(text: str) -> str:
    """Return what is alike however we or a provider spell it."""
    try:
        return canonical(read_address(text))
    except InvalidRequest:
        return text
