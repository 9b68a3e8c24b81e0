"""The background: due work happens with a running clock, and what is ready leaves."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import time
from typing import TYPE_CHECKING, Protocol

from waypost_sandbox.due import settle
from waypost_sandbox.retention import sweep
from waypost_sandbox.smtp.forwarding import Forwarder
from waypost_sandbox.webhooks.postman import Postman
from waypost_sandbox.world.account import Account
from waypost_sandbox.world.universe import Universe

if TYPE_CHECKING:
    from waypost_sandbox.state_file import StateFile

_LOG = logging.getLogger("waypost_sandbox")

TICK_SECONDS = 0.1
# The state file lags by this, or by so many times what writing it took.
SAVE_SECONDS = 1.0
SAVE_SHARE = 10
# How long a call that turns the clock waits for what it set off.
LONGEST_WAIT = 10.0


class Courier(Protocol):
    """Whoever carries out of the process what settling made ready."""

    def collect(self, account: Account) -> None:
        """Take what is ready; return at once."""

    def is_busy(self, account: Account) -> bool:
        """Say whether something of the account is under way."""

    async def rest(self, account: Account, longest: float) -> None:
        """Wait for what is under way."""

    async def close(self) -> None:
        """Let go of what is under way."""


class Timer:
    """Settle every account in turn, and hand on what is ready to leave."""

    def __init__(self, universe: Universe, state: StateFile | None = None) -> None:
        self.universe = universe
        self._state = state
        self._saved = 0
        self._next_save = 0.0
        self.couriers: tuple[Courier, ...] = (Postman(), Forwarder())
        self._running: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to tick."""
        self._running = asyncio.get_running_loop().create_task(self._tick())

    async def stop(self) -> None:
        """End, letting go of calls under way."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.wait([self._running], timeout=1)
        for courier in self.couriers:
            await courier.close()
        if self._state is not None:
            self._state.save(self.universe)
            self._state.close()

    async def _tick(self) -> None:
        while True:
            for account in list(self.universe.accounts.values()):
                try:
                    self.turn(account)
                    if any(courier.is_busy(account) for courier in self.couriers):
                        self.universe.changes += 1
                except Exception:  # one account's trouble is not the others'
                    _LOG.exception("due work of account %s broke; please report it", account.id)
            await self._save()
            await asyncio.sleep(TICK_SECONDS)

    async def _save(self) -> None:
        """Bring the state file up to date, seldom enough that it costs little."""
        state, began = self._state, time.monotonic()
        if state is None or self._saved == self.universe.changes or began < self._next_save:
            return
        self._saved = self.universe.changes
        changed = state.read_changes(self.universe)
        account_ids = list(self.universe.accounts)
        try:
            await asyncio.shield(asyncio.to_thread(state.write, changed, account_ids))
        except sqlite3.Error as error:
            self._saved = -1
            _LOG.warning("the state file could not be written: %s", error)
        took = time.monotonic() - began
        self._next_save = time.monotonic() + max(SAVE_SECONDS, took * SAVE_SHARE)

    def turn(self, account: Account) -> int:
        """Do what is due, hand on what is ready, and say how much was done."""
        done = settle(account)
        if done:
            self.universe.changes += 1
        sweep(account)
        for courier in self.couriers:
            courier.collect(account)
        return done

    async def finish(self, account: Account, longest: float = LONGEST_WAIT) -> None:
        """Go on until nothing due and nothing under way is left of the account."""
        ending = time.monotonic() + longest
        while True:
            self.turn(account)
            left = ending - time.monotonic()
            busy = [courier for courier in self.couriers if courier.is_busy(account)]
            if left <= 0 or not busy:
                return
            await busy[0].rest(account, left)
