"""Find out how ambiguous sends ended, by asking the provider; nothing is ever sent again."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import orjson

from waypost.base.clock import Clock
from waypost.base.database import Database
from waypost.base.errors import OperatorError, WaypostError
from waypost.base.log import get_logger
from waypost.base.tasks import Sleep
from waypost.engine.sending import ListedMessage
from waypost.kernel.reconciliation.match import Found, Wanted, match
from waypost.kernel.reconciliation.store import (
    Due,
    Verdict,
    cut_off,
    due_accounts,
    neighbours,
    remove_expired,
    take_due,
    write_verdicts,
)
from waypost.kernel.sends.crash_points import (
    AFTER_RECONCILED,
    BEFORE_RECONCILED,
    DURING_RECONCILE,
    reach,
)
from waypost.kernel.sends.facts import Facts, facts_field, read_facts
from waypost.kernel.sends.outbox import Outbox
from waypost.kernel.sends.outcome import NOT_RECEIVED, RECONCILED
from waypost.kernel.vault import Vault

EVERY_SECONDS = 2.0
HOLD_EVERY_SECONDS = 10.0
TAKEN_SECONDS = 120.0
"""How long a process has what it looks for to itself."""
MOST_ACCOUNTS = 20
_FIRST_PAUSE = 10.0
_LONGEST_PAUSE = 600.0
_LONGEST_UNREADABLE = 3600.0
_SWEEP_EVERY = 300
GIVE_UP_SECONDS = 3 * 24 * 3600.0
"""After this long nobody looks any more for what cannot be read."""
_log = get_logger("waypost.sends")


@dataclass(frozen=True, slots=True)
class Question:
    """Where to look: what an account sent by one method and sender, taken up in a period."""

    environment_id: str
    account_id: str
    integration: str
    resource: str
    method: str
    sender: str | None
    since: float
    until: float


@dataclass(frozen=True, slots=True)
class Looked:
    """What the provider lists; `until` is up to when the list is whole, `slack` in seconds."""

    messages: tuple[ListedMessage, ...]
    until: float
    slack: float


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Why the provider's list tells nothing; `is_final` when it never will."""

    note: str
    is_final: bool = False


class Look(Protocol):
    """How a provider's list of sent messages is read."""

    async def __call__(self, question: Question) -> Looked | Unreadable:
        """Read it; raises nothing but what the operator must mend."""
        ...


class Reconciler:
    """Look for ambiguous sends, one account at a time."""

    def __init__(
        self,
        database: Database,
        outbox: Outbox,
        vault: Vault,
        look: Look,
        *,
        clock: Clock,
        sleep: Sleep = asyncio.sleep,
        not_received_after: float,
    ) -> None:
        self._database = database
        self._outbox = outbox
        self._vault = vault
        self._look = look
        self._clock = clock
        self._sleep = sleep
        self._not_received_after = not_received_after

    async def run(self) -> None:
        """Work until cancelled; a failing database is waited for."""
        rounds = 0
        while True:
            await self._sleep(EVERY_SECONDS)
            try:
                await self.round()
                if rounds % _SWEEP_EVERY == 0:
                    await self.sweep()
                rounds += 1
            except WaypostError as error:
                _log.warning("reconciling_waits", error=error.code)

    async def hold(self) -> None:
        """Say at regular times that this process still answers for its sends."""
        while True:
            await self._sleep(HOLD_EVERY_SECONDS)
            try:
                await self._outbox.hold(self._database)
            except WaypostError as error:
                _log.warning("sends_not_held", error=error.code)

    async def sweep(self) -> None:
        """Remove what is past its time. Raises StorageUnavailable."""
        async with self._database.write() as connection:
            await remove_expired(connection, self._clock.now())

    async def round(self) -> int:
        """Look once for everything that is due; return how many sends were looked for."""
        now = self._clock.now()
        async with self._database.read() as connection:
            accounts = await due_accounts(connection, now, MOST_ACCOUNTS)
        looked = 0
        for environment_id, account_id in accounts:
            async with self._database.write() as connection:
                await cut_off(connection, environment_id, account_id, now)
                due = await take_due(
                    connection, environment_id, account_id, now, now + TAKEN_SECONDS
                )
            looked += len(due)
            await self._account(due)
        return looked

    async def _account(self, due: Sequence[Due]) -> None:
        facts = {each.id: await self._facts(each) for each in due}
        groups: dict[tuple[str, str, str | None], list[Due]] = {}
        for each in due:
            sender = facts[each.id][0].sender if facts[each.id] else None
            groups.setdefault((each.resource, each.method, sender), []).append(each)
        for (_, _, sender), group in groups.items():
            await self._group(group, sender, facts)

    async def _facts(self, due: Due) -> tuple[Facts, ...]:
        if due.facts is None:
            return ()
        try:
            opened = await self._vault.open(
                due.environment_id, due.account_id, facts_field(due.id), due.facts
            )
        except OperatorError:
            return ()  # its account was deleted, and its data key with it
        return tuple(read_facts(each) for each in orjson.loads(opened.reveal()))

    async def _group(
        self, group: Sequence[Due], sender: str | None, facts: dict[str, tuple[Facts, ...]]
    ) -> None:
        first, now = group[0], self._clock.now()
        question = Question(
            first.environment_id,
            first.account_id,
            first.integration,
            first.resource,
            first.method,
            sender,
            min(each.created_at for each in group),
            max(each.updated_at for each in group) + self._not_received_after,
        )
        looked = await self._look(question)
        reach(DURING_RECONCILE)
        if isinstance(looked, Unreadable):
            verdicts = [self._unreadable(each, looked, now) for each in group]
            await self._write(first, verdicts, now)
            return
        await self._judge(group, question, looked, facts)

    async def _judge(
        self,
        group: Sequence[Due],
        question: Question,
        looked: Looked,
        facts: dict[str, tuple[Facts, ...]],
    ) -> None:
        since, until = question.since - looked.slack, question.until + looked.slack
        async with self._database.read() as connection:
            near = await neighbours(
                connection,
                question.environment_id,
                question.account_id,
                since - self._not_received_after,
                until,
            )
        ours = {each.id for each in group}
        others = [each for each in near if each.id not in ours]
        listed = {each.id for each in looked.messages}
        unlisted = [each for each in others if each.message_id not in listed]
        theirs = {each.id: await self._facts(each) for each in unlisted}
        # A batch is known by an id of its own; its messages have others, which nobody told us.
        nameless = [
            each
            for each in unlisted
            if each.message_id is None or any(one.is_in_batch for one in theirs[each.id])
        ]
        found = match(
            [self._wanted(each, facts[each.id]) for each in group],
            looked.messages,
            known_ids=frozenset(each.message_id for each in others if each.message_id is not None),
            accepted=[
                self._wanted(each, theirs[each.id]) for each in nameless if each.state == "accepted"
            ],
            perhaps=[
                self._wanted(each, theirs[each.id]) for each in nameless if each.state != "accepted"
            ],
            slack=looked.slack,
        )
        now = self._clock.now()
        verdicts = [
            self._verdict(each, found[each.id], facts[each.id], looked, now) for each in group
        ]
        await self._write(group[0], verdicts, now)

    async def _write(self, first: Due, verdicts: Sequence[Verdict], now: float) -> None:
        reach(BEFORE_RECONCILED)
        async with self._database.write() as connection:
            await write_verdicts(connection, first.environment_id, first.account_id, verdicts, now)
        reach(AFTER_RECONCILED)

    def _verdict(
        self, due: Due, found: Found, facts: tuple[Facts, ...], looked: Looked, now: float
    ) -> Verdict:
        """Decide about one send that was looked for.

        Closing a connection takes nothing back: what left us may be taken up later. So absence
        counts only in a list that is whole from the send until its time is over.
        """
        if found.message_id is not None:
            return Verdict(due.id, "accepted", RECONCILED, found.message_id, None)
        if not facts or not all(each.can_be_recognised for each in facts):
            note = "It cannot be recognised in the provider's list, so its absence proves nothing."
            return self._unreadable(due, Unreadable(note), now)
        is_over = looked.until >= due.updated_at + self._not_received_after
        if is_over and not found.has_lookalike:
            return Verdict(due.id, "rejected", NOT_RECEIVED, None, None)
        if is_over:
            note = "The provider lists another message to the same recipients at that time."
            return self._unreadable(due, Unreadable(note), now)
        pause = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2**due.looks)
        note = "The provider does not list it yet."
        return Verdict(due.id, "ambiguous", due.reason, None, now + pause, note)

    def _unreadable(self, due: Due, why: Unreadable, now: float) -> Verdict:
        pause = min(_LONGEST_UNREADABLE, _FIRST_PAUSE * 2**due.looks)
        is_over = why.is_final or now - due.created_at >= GIVE_UP_SECONDS
        look_at = None if is_over else now + pause
        return Verdict(due.id, "ambiguous", due.reason, None, look_at, why.note)

    def _wanted(self, due: Due, facts: tuple[Facts, ...]) -> Wanted:
        latest = due.updated_at + self._not_received_after
        return Wanted(due.id, facts, due.created_at, due.updated_at, latest)
