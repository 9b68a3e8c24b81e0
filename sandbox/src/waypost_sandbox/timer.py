"""The background: due work happens with a running clock, and what is ready leaves."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Protocol

from waypost_sandbox.due import settle
from waypost_sandbox.smtp.forwarding import Forwarder
from waypost_sandbox.webhooks.postman import Postman
from waypost_sandbox.world.account import Account
from waypost_sandbox.world.universe import Universe

_LOG = logging.getLogger("waypost_sandbox")

TICK_SECONDS = 0.1
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

    def __init__(self, universe: Universe) -> None:
        self.universe = universe
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

    async def _tick(self) -> None:
        while True:
            for account in list(self.universe.accounts.values()):
                try:
                    self.turn(account)
                except Exception:  # one account's trouble is not the others'
                    _LOG.exception("due work of account %s broke; please report it", account.id)
            await asyncio.sleep(TICK_SECONDS)

    def turn(self, account: Account) -> int:
        """Do what is due, hand on what is ready, and say how much was done."""
        done = settle(account)
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
