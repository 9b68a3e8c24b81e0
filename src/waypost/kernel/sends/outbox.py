"""The outbox: every send on the books before it leaves, and off them once it has ended."""

import asyncio
from typing import Any

from waypost.base.asgi import encode_json
from waypost.base.clock import Clock, monotonic
from waypost.base.database import Database
from waypost.base.errors import KeyInUse, ProviderUnreachable, RecipientsHeldBack
from waypost.base.ids import new_id
from waypost.base.secret import Secret
from waypost.engine.sending import Message
from waypost.engine.transport import Transport
from waypost.kernel.sends.crash_points import BEFORE_OUTCOME_COMMITTED, reach
from waypost.kernel.sends.facts import facts_field, facts_of
from waypost.kernel.sends.guard import BeforeSend, Guard, GuardedCall, HeldKey
from waypost.kernel.sends.ledger import Ledger
from waypost.kernel.sends.outcome import HELD_BACK, NOT_SENT, Outcome
from waypost.kernel.sends.store import Line, Settlement, hold_all
from waypost.kernel.vault import Vault

HOLD_SECONDS = 30.0
"""How long a process answers for what it wrote down, until it says again that it still does."""
FIRST_LOOK_SECONDS = 5.0


class Outbox:
    """Guard calls that send, or that carry a caller's key; implement `guard.Book`."""

    def __init__(
        self,
        ledger: Ledger,
        vault: Vault,
        *,
        clock: Clock,
        before_send: BeforeSend | None = None,
    ) -> None:
        self.before_send = before_send
        self._ledger = ledger
        self._vault = vault
        self._clock = clock
        self._held: dict[str, Guard] = {}
        self._keys: dict[str, HeldKey] = {}

    def guard(self, call: GuardedCall, inner: Transport) -> Guard:
        """Return the transport by which a call that must not be doubled leaves."""
        return Guard(call, inner, self)

    async def enter(self, guard: Guard, messages: list[Message]) -> None:
        """Write the call down durably.

        Raises RecipientsHeldBack, KeyInUse when another call has the key, StorageUnavailable.
        """
        call, now = guard.call, self._clock.now()
        held = call.held if call.held is not None and not call.held.is_claimed else None
        if not call.sends and held is None:
            guard.entered_at = monotonic()
            return
        line = Line(claim=held.claim if held else None, held_until=now + HOLD_SECONDS)
        if call.sends:
            line.send = self._send(call, messages, now)
            await self._refuse_held_back(call, messages, line)
        await self._write(line)
        guard.entered_at = monotonic()
        if line.send is not None:
            guard.send_id = line.send["id"]
            self._held[line.send["id"]] = guard
        if held is not None:
            held.is_claimed, held.send_id = True, guard.send_id
            self._keys[held.claim.id] = held

    async def claim(self, held: HeldKey) -> None:
        """Write down that a key is used by what is done here, without a provider.

        Raises KeyInUse when another call has it, StorageUnavailable.
        """
        await self._write(Line(claim=held.claim, held_until=self._clock.now() + HOLD_SECONDS))
        held.is_claimed = True
        self._keys[held.claim.id] = held

    async def _refuse_held_back(
        self, call: GuardedCall, messages: list[Message], line: Line
    ) -> None:
        if self.before_send is None:
            return
        held = await self.before_send(call, messages)
        if not held:
            return
        assert line.send is not None
        line.send.update(state="suppressed", reason=HELD_BACK, look_at=None, facts=None)
        self._ledger.write_later(Line(send=line.send))
        recipients = [each["address"] for each in held]
        told = {"recipients": recipients, "held_back": list(held), "send_id": line.send["id"]}
        raise RecipientsHeldBack(details=told)

    async def _write(self, line: Line) -> None:
        try:
            if await self._ledger.write(line):
                return
        except asyncio.CancelledError:
            # It may be on the books already, and is certain not to leave.
            self._ledger.write_later(self._taken_back(line))
            raise
        raise KeyInUse

    def _taken_back(self, line: Line) -> Line:
        outcome, send = Outcome("rejected", NOT_SENT), line.send
        if send is None:
            return Line(release=line.claim)
        now = self._clock.now()
        settlement = Settlement(send["id"], send["environment_id"], outcome, 0, None, now)
        return Line(release=line.claim, settlements=(settlement,))

    def _send(self, call: GuardedCall, messages: list[Message], now: float) -> dict[str, Any]:
        identifier = new_id()
        method = call.method
        return {
            "id": identifier,
            "environment_id": call.environment_id,
            "account_id": call.account_id,
            "integration": call.integration,
            "surface": call.surface,
            "resource": call.resource or "",
            "method": call.name or "",
            "kind": method.sends if method is not None else "",
            "state": "pending",
            "reason": None,
            "http_status": None,
            "message_id": None,
            "messages": max(1, len(messages)),
            "attempts": 0,
            "facts": self._facts(call, identifier, messages),
            "looks": 0,
            "look_at": now + HOLD_SECONDS,
            "note": None,
            "created_at": now,
            "updated_at": now,
        }

    def _facts(self, call: GuardedCall, identifier: str, messages: list[Message]) -> bytes | None:
        text = encode_json([facts_of(each) for each in messages]).decode()
        return self._vault.seal_at_hand(
            call.environment_id, call.account_id, facts_field(identifier), Secret(text)
        )

    def check(self, guard: Guard) -> None:
        """Raise ProviderUnreachable, nothing having been sent, when this process was held up.

        Another process may have taken the call for lost, and told its caller so.
        """
        if monotonic() - guard.entered_at >= HOLD_SECONDS:
            raise ProviderUnreachable(
                "This server was held up for too long to send; nothing was sent.",
                details={"sent": False},
            )

    def end(self, guard: Guard) -> None:
        """Write down how a call ended; with a caller's key that is left to whoever keeps the answer."""
        reach(BEFORE_OUTCOME_COMMITTED)
        outcome = guard.outcome or Outcome("rejected", NOT_SENT)
        held = guard.call.held
        if held is not None:
            held.outcomes.append(outcome)
        if guard.send_id is None:
            return
        self._held.pop(guard.send_id, None)
        now = self._clock.now()
        settlement = Settlement(
            guard.send_id,
            guard.call.environment_id,
            outcome,
            guard.attempts,
            now + FIRST_LOOK_SECONDS if outcome.state == "ambiguous" else None,
            now,
        )
        if held is not None:
            held.settlements.append(settlement)
        else:
            self._ledger.write_later(Line(settlements=(settlement,)))

    def let_go(self, held: HeldKey) -> None:
        """Answer no longer for a key: its first call has ended."""
        self._keys.pop(held.claim.id, None)

    async def hold(self, database: Database) -> None:
        """Say that this process still answers for what takes long. Raises StorageUnavailable."""
        if not self._held and not self._keys:
            return
        began, guards = monotonic(), list(self._held.values())
        until = self._clock.now() + HOLD_SECONDS
        async with database.write() as connection:
            await hold_all(connection, list(self._held), list(self._keys), until)
        for guard in guards:
            guard.entered_at = began
