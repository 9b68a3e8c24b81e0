"""When accounts' webhooks are settled: what was linked, what is checked every hour, what goes."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from waypost.base.connection import AsyncConnection
from waypost.base.errors import OperatorError, WaypostError
from waypost.base.log import get_logger
from waypost.features.provider_hooks.farewell import FAREWELL, Farewells
from waypost.features.provider_hooks.registrar import NO_URL, SETTLE, Registrar
from waypost.kernel.events import Event
from waypost.kernel.hooks import Hook
from waypost.kernel.jobs import Backoff, Handler, NewJob
from waypost.kernel.kernel import Kernel

CHECK = "provider_hooks.check"
CHECK_SECONDS = 3600.0
AGAIN_SECONDS = 300.0
"""When a check looks again at what it could not: a rate budget may have been used up just then."""
TRUSTED_SECONDS = 6 * 3600.0
"""How long an account is not looked at whose hooks were all heard since the last look."""
FAREWELL_SECONDS = 5.0
"""How long the end of accounts waits for the provider to forget our webhooks; then a job goes on."""
_ON = frozenset(
    {
        "integrated_account:active",
        "integrated_account:reactivated",
        "integrated_account:updated",
    }
)
_GOODBYES = Backoff(attempts=40, first=30.0, factor=3.0, most=3600.0)
"""Longer than a farewell is kept."""
_log = get_logger("waypost.provider_hooks")


def registrar(kernel: Kernel) -> Registrar:
    """Return what settles accounts' webhooks."""
    return Registrar(
        kernel.database,
        accounts=kernel.accounts,
        calls=kernel.calls,
        hooks=kernel.hooks,
        jobs=kernel.jobs,
        clock=kernel.clock,
        public_url=kernel.settings.public_url,
    )


class Occasions:
    """Notice when something is to be settled, and enqueue or do it."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._registrar = registrar(kernel)
        self._farewells = Farewells(kernel, self._registrar)
        self._has_url = kernel.settings.public_url is not None

    def handlers(self) -> list[Handler]:
        """Return the kinds of work of this room."""
        backoff = Backoff(attempts=8, first=30.0, factor=3.0, most=3600.0)
        return [
            # Not among the syncs: eight readings that wait for a rate budget fill that lane.
            Handler(SETTLE, self._settle, lane="upkeep", backoff=backoff),
            Handler(CHECK, self._check, lane="upkeep", every=CHECK_SECONDS),
            Handler(FAREWELL, self._farewells.work, lane="upkeep", backoff=_GOODBYES),
        ]

    def listen(self) -> None:
        """Hear of accounts that become active, change, or are about to be removed."""
        self._kernel.events.subscribe(self._hear)
        self._kernel.accounts.before_removal(self._farewell)

    async def start_up(self) -> None:
        """Have accounts settled that were linked before; raises StorageUnavailable."""
        names = self._integrations()
        first = await self._kernel.accounts.callable_of(names, limit=1) if names else ()
        if not first:
            return
        if not self._has_url:
            _log.warning("provider_hooks_off", reason=NO_URL)
            return
        # Processes that start together begin it once.
        now = self._kernel.clock.now()
        key = f"start@{int(now // 10)}"
        async with self._kernel.database.write() as connection:
            job = NewJob(CHECK, {"is_start": True}, key=key)
            await self._kernel.jobs.enqueue(connection, job)

    async def _hear(self, connection: AsyncConnection, events: Sequence[Event]) -> None:
        for event in events:
            await self._hear_one(connection, event)

    async def _hear_one(self, connection: AsyncConnection, event: Event) -> None:
        if event.type not in _ON or event.payload.get("status") != "active":
            return
        account_id = event.payload["id"]
        integration = event.payload["integration"]["name"]
        if integration not in self._integrations():
            return
        if not self._has_url:
            _log.info("provider_hooks_off", account=account_id, reason=NO_URL)
            return
        payload = {"environment_id": event.environment_id, "account_id": account_id}
        job = NewJob(SETTLE, payload, key=f"{account_id}:{event.id}")
        await self._kernel.jobs.enqueue(connection, job)

    async def _settle(self, payload: Mapping[str, Any]) -> None:
        await self._registrar.settle(
            payload["environment_id"],
            payload["account_id"],
            only_planned=payload.get("only_planned", False),
        )

    async def _check(self, payload: Mapping[str, Any]) -> None:
        """Settle every account that is due, one after another: nobody waits for it."""
        await self._farewells.forget_old()
        names = self._integrations()
        after, missed = "", 0
        while self._has_url and names:
            batch = await self._kernel.accounts.callable_of(names, after=after)
            for environment_id, account_id in batch:
                hooks = await self._kernel.hooks.of_account(environment_id, account_id)
                if _is_asked(payload, hooks, self._kernel.clock.now()):
                    missed += not await self._look(environment_id, account_id)
            if not batch:
                break
            after = batch[-1][1]
        if missed:
            await self._check_again()

    async def _look(self, environment_id: str, account_id: str) -> bool:
        """Settle an account; False when it could not be looked at just now."""
        try:
            await self._registrar.settle(environment_id, account_id)
        except OperatorError:
            raise
        except WaypostError as error:
            _log.warning("provider_hooks_unchecked", account=account_id, error=error.code)
            return False
        return True

    async def _check_again(self) -> None:
        now = self._kernel.clock.now()
        key = f"again@{int(now // AGAIN_SECONDS)}"
        job = NewJob(CHECK, {"only_missed": True}, key=key, at=now + AGAIN_SECONDS)
        async with self._kernel.database.write() as connection:
            await self._kernel.jobs.enqueue(connection, job)

    async def _farewell(self, places: Sequence[tuple[str, str]]) -> None:
        """Remove the webhooks of accounts that are about to go, now or by a job that goes on."""
        for place in places:
            try:
                # First of all: we may be killed at any moment.
                await self._farewells.prepare(*place)
            except WaypostError as error:
                _log.warning("provider_hooks_left_behind", account=place[1], error=error.code)
        try:
            async with asyncio.timeout(FAREWELL_SECONDS):
                await asyncio.gather(*(self._leave(*place) for place in places))
        except TimeoutError:
            _log.info("provider_hooks_later", accounts=len(places), error="timeout")

    async def _leave(self, environment_id: str, account_id: str) -> None:
        try:
            await self._registrar.remove_all(environment_id, account_id)
            await self._farewells.forget(environment_id, account_id)
        except WaypostError as error:
            _log.info("provider_hooks_later", account=account_id, error=error.code)

    def _integrations(self) -> list[str]:
        found = self._kernel.manifests.catalog.integrations
        return [n for n, loaded in found.items() if loaded.integration.webhook_registrations]


def _is_asked(payload: Mapping[str, Any], hooks: Sequence[Hook], now: float) -> bool:
    """Say whether this check looks at an account; what is refused for good waits for the hour."""
    if payload.get("only_missed"):
        # One that failed halfway is left paused or planned, and is what this is for.
        hooks = [hook for hook in hooks if hook.state != "failed"]
        return bool(hooks) and is_due(hooks, now)
    return bool(payload.get("is_start")) or is_due(hooks, now)


def is_due(hooks: Sequence[Hook], now: float) -> bool:
    """Say whether an account's webhooks are looked at again: those that are heard prove themselves."""
    if not hooks or any(hook.state != "active" for hook in hooks):
        return True
    looked = min(hook.checked_at or 0.0 for hook in hooks)
    is_heard = all((hook.heard_at or 0.0) >= (hook.checked_at or 0.0) for hook in hooks)
    # A little less: standing work comes a moment after its time.
    return now - looked >= (TRUSTED_SECONDS if is_heard else CHECK_SECONDS) * 0.9
