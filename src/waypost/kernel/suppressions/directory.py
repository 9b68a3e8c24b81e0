"""Keep suppressions, and ask before a message leaves."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from waypost.base.clock import Clock, iso
from waypost.base.connection import AsyncConnection
from waypost.base.database import Database
from waypost.base.ids import new_id
from waypost.base.listing import Listing, Page
from waypost.engine.sending import Message
from waypost.kernel.sends.guard import GuardedCall
from waypost.kernel.suppressions import store
from waypost.kernel.suppressions.address import key_of, keys_for
from waypost.kernel.suppressions.model import Fact, HeldBack, Suppression
from waypost.kernel.suppressions.rules import decide, held_back, why_back

_AT_ONCE = 200
MOST_RETURNS = 10
Changed = Callable[[AsyncConnection, str, str], Awaitable[None]]
"""Told, in the change's own transaction, (environment, tenant) in whose store something changed."""
Reader = Callable[[str, str], Awaitable[object]]
"""Reads what the provider of an account (environment, account) lists, to its end."""
_Identity = tuple[str, str, str, str]


class Suppressions:
    """Keep whom each tenant's accounts must not write to."""

    def __init__(self, database: Database, *, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._listeners: list[Changed] = []
        self._readers: list[Reader] = []

    def read_by(self, reader: Reader) -> None:
        """Have `reader` read a provider's lists whenever somebody wants them fresh."""
        self._readers.append(reader)

    async def refresh(self, environment_id: str, account_id: str) -> None:
        """Bring in what an account's provider lists now.

        Raises ProviderError, BudgetExhausted and others when that is to be gone on with later.
        """
        for reader in self._readers:
            await reader(environment_id, account_id)

    def on_change(self, listener: Changed) -> None:
        """Have `listener` told whenever entries come to hold somebody back, or cease to."""
        self._listeners.append(listener)

    async def tell_changed(
        self, connection: AsyncConnection, environment_id: str, tenant_id: str
    ) -> None:
        """Tell every listener."""
        for listener in self._listeners:
            await listener(connection, environment_id, tenant_id)

    async def before_send(
        self, call: GuardedCall, messages: Sequence[Message]
    ) -> Sequence[Mapping[str, Any]]:
        """Return who of the messages' recipients is held back; see `sends.guard.BeforeSend`.

        One indexed lookup, and none for a message without recipients that could be read. Nothing is
        cached: another process may have added an entry a moment ago.
        """
        recipients = {
            (address, _domain(message.sender))
            for message in messages
            for address in message.recipients
        }
        held = await self.check(call.environment_id, call.account_id, recipients)
        return [each.wire() for each in held]

    async def check(
        self,
        environment_id: str,
        account_id: str,
        recipients: Iterable[tuple[str, str | None]],
    ) -> list[HeldBack]:
        """Return who is held back from an account, of addresses with the domain written from."""
        asked = list(recipients)
        keys = {key for address, _ in asked for key in keys_for(address)}
        if not keys:
            return []
        async with self._database.read() as connection:
            entries = await store.holding(connection, environment_id, account_id, keys)
        return held_back(account_id, asked, entries)

    async def add(
        self,
        environment_id: str,
        facts: Sequence[Fact],
        *,
        connection: AsyncConnection | None = None,
    ) -> list[Suppression]:
        """Take facts of one tenant in, by the rules; return their entries as they are then.

        A fact that the rules ignore, and that has no entry, is left out.
        """
        found: list[Suppression] = []
        for start in range(0, len(facts), _AT_ONCE):
            async with self._database.joined(connection) as inside:
                some = facts[start : start + _AT_ONCE]
                found += await self._add(inside, environment_id, some)
        return found

    async def _add(
        self, connection: AsyncConnection, environment_id: str, facts: Sequence[Fact]
    ) -> list[Suppression]:
        tenant_id = facts[0].tenant_id
        addresses = {fact.address for fact in facts}
        known = await store.of_addresses(connection, environment_id, tenant_id, addresses)
        entries = {_identity(each): each for each in known}
        before, now = dict(entries), self._clock.now()
        told: dict[_Identity, None] = {}
        for fact in facts:
            entry = entries.get(_identity(fact))
            siblings = [
                each for each in entries.values() if _identity(each)[:3] == _identity(fact)[:3]
            ]
            verdict = decide(fact, entry, siblings)
            if verdict == "add":
                entry = _made(environment_id, fact, now)
            elif entry is not None:
                entry = _told(entry, fact, now, is_alive=verdict != "ignore")
            if entry is not None:
                entries[_identity(fact)] = entry
                told[_identity(fact)] = None
        await self._write(connection, environment_id, before, entries)
        if any(_holds(before.get(name)) != each.holds for name, each in entries.items()):
            await self.tell_changed(connection, environment_id, tenant_id)
        return [entries[each] for each in told]

    async def _write(
        self,
        connection: AsyncConnection,
        environment_id: str,
        before: Mapping[_Identity, Suppression],
        after: Mapping[_Identity, Suppression],
    ) -> None:
        await store.add(connection, [each for name, each in after.items() if name not in before])
        for name, entry in after.items():
            old = before.get(name)
            if old is not None and old != entry:
                values = {field: getattr(entry, field) for field in Suppression.__slots__}
                await store.change(connection, environment_id, entry.id, values)

    async def remove(
        self, environment_id: str, suppression_id: str, *, by: str, why: str
    ) -> Suppression:
        """Remove an entry, explained; one that was removed stays as it is. Raises NotFound."""
        async with self._database.write() as connection:
            found = await store.get(connection, environment_id, suppression_id)
            if found.holds:
                now = self._clock.now()
                values = {
                    "removal": "person",
                    "removed_at": now,
                    "removed_by": by,
                    "removed_why": why,
                    "updated_at": now,
                }
                await store.change(connection, environment_id, found.id, values)
                await self.tell_changed(connection, environment_id, found.tenant_id)
            return await store.get(connection, environment_id, suppression_id)

    async def get(self, environment_id: str, suppression_id: str) -> Suppression:
        """Return an entry; raises NotFound."""
        async with self._database.read() as connection:
            return await store.get(connection, environment_id, suppression_id)

    async def list(self, environment_id: str, listing: Listing | None = None) -> Page[Suppression]:
        """Return a page of entries, removed ones too."""
        async with self._database.read() as connection:
            return await store.list_entries(connection, environment_id, listing or Listing())


def _identity(of: Fact | Suppression) -> _Identity:
    return (of.address, of.reason, of.origin, of.scope)


def _holds(entry: Suppression | None) -> bool:
    return entry is not None and entry.holds


def _made(environment_id: str, fact: Fact, now: float) -> Suppression:
    return Suppression(
        id=new_id(),
        environment_id=environment_id,
        tenant_id=fact.tenant_id,
        address=fact.address,
        key=key_of(fact.address),
        reason=fact.reason,
        scope=fact.scope,
        origin=fact.origin,
        source=fact.source,
        detail=fact.detail,
        native_list=fact.native_list,
        native_id=fact.native_id,
        occurred_at=fact.at,
        seen_in=fact.seen_in,
        missed=0,
        removal=None,
        removed_at=None,
        removed_by=None,
        removed_why=None,
        returns=None,
        created_at=now,
        updated_at=now,
    )


def _told(entry: Suppression, fact: Fact, now: float, *, is_alive: bool) -> Suppression:
    """Return an entry that was told again; a removed one that stays removed notes where it was seen."""
    if not is_alive:
        return replace(entry, seen_in=fact.seen_in or entry.seen_in)
    moments = [each for each in (entry.occurred_at, fact.at) if each is not None]
    return replace(
        entry,
        detail=entry.detail or fact.detail,
        native_list=fact.native_list or entry.native_list,
        native_id=fact.native_id or entry.native_id,
        occurred_at=max(moments, default=None),
        seen_in=fact.seen_in or entry.seen_in,
        missed=0,
        removal=None,
        removed_at=None,
        removed_by=None,
        removed_why=None,
        returns=_returns(entry, fact, now),
        source=entry.source if entry.holds else fact.source,
        updated_at=now,
    )


def _returns(entry: Suppression, fact: Fact, now: float) -> list[dict[str, Any]] | None:
    if entry.holds:
        return entry.returns
    back = {"at": iso(now), "by": fact.by, "source": fact.source, "why": why_back(fact, entry)}
    return [*(entry.returns or []), {"removed": entry.removed(), "returned": back}][-MOST_RETURNS:]


def _domain(sender: str | None) -> str | None:
    return sender.rpartition("@")[2] if sender and "@" in sender else None
