"""Carries deliveries out, in order for each hook, with no hook waiting for another."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

from waypost_sandbox.webhooks.posting import is_local, make_session, post_once
from waypost_sandbox.webhooks.telling import close_delivery, is_wanted, note_try
from waypost_sandbox.world.account import Account
from waypost_sandbox.world.outgoing import WebhookDelivery

if TYPE_CHECKING:
    import aiohttp

AT_ONCE = 100
Key = tuple[str, str]
Line = deque[tuple[Account, WebhookDelivery]]


class Postman:
    """Keep a line per hook and call what is ready."""

    def __init__(self) -> None:
        self._lines: dict[Key, Line] = {}
        self._walks: dict[Key, asyncio.Task[None]] = {}
        self._room = asyncio.Semaphore(AT_ONCE)
        self._session: aiohttp.ClientSession | None = None

    def is_busy(self, account: Account) -> bool:
        """Say whether calls of the account are waiting or under way."""
        return any(account_id == account.id for account_id, _ in self._walks)

    def collect(self, account: Account) -> None:
        """Take what is ready and start walking; return at once."""
        while account.ready_deliveries:
            delivery = account.deliveries.get(account.ready_deliveries.popleft())
            if delivery is None:
                continue
            key = (account.id, f"{delivery.target_id} {delivery.url}")
            line = self._lines.get(key)
            if line is not None:
                line.append((account, delivery))
                continue
            self._lines[key] = deque([(account, delivery)])
            self._walks[key] = asyncio.get_running_loop().create_task(self._walk(key))

    async def _walk(self, key: Key) -> None:
        line = self._lines[key]
        try:
            while line:
                account, delivery = line.popleft()
                async with self._room:
                    await self._carry(account, delivery)
        finally:
            del self._lines[key], self._walks[key]

    async def _carry(self, account: Account, delivery: WebhookDelivery) -> None:
        settings = account.settings
        if not is_wanted(account, delivery):
            close_delivery(delivery, "dropped")
            return
        if settings.webhook_reach == "local" and not is_local(delivery.url):
            close_delivery(delivery, "skipped")
            return
        if self._session is None:
            self._session = make_session()
        body = delivery.body.encode("ascii")
        outcome = await post_once(
            self._session, delivery.url, body, delivery.signature, settings.webhook_timeout
        )
        note_try(account, delivery, outcome)

    async def rest(self, account: Account, longest: float) -> None:
        """Wait until nothing of the account is under way, or the time is over."""
        walks = [walk for (account_id, _), walk in self._walks.items() if account_id == account.id]
        if walks:
            await asyncio.wait(walks, timeout=longest)

    async def close(self) -> None:
        """Let go of what is under way."""
        walks = list(self._walks.values())
        for walk in walks:
            walk.cancel()
        if walks:
            await asyncio.wait(walks, timeout=1)
        if self._session is not None:
            await self._session.close()
