"""Renew an account's credentials once, however many calls find them due."""

import asyncio
import base64
from collections.abc import Awaitable, Callable, Mapping

from waypost.base.clock import Clock, iso
from waypost.base.database import Database
from waypost.base.errors import (
    AccountNotReady,
    ProviderTimedOut,
    ReauthorizationNeeded,
    WaypostError,
)
from waypost.base.ids import new_id
from waypost.base.secret import Secret
from waypost.base.tasks import BackgroundTasks, Sleep
from waypost.engine.auth import TokenSet
from waypost.kernel.accounts import store
from waypost.kernel.accounts.context import merge_context
from waypost.kernel.accounts.health import Health
from waypost.kernel.accounts.model import AccountForCall
from waypost.kernel.accounts.snapshots import Snapshots
from waypost.kernel.vault import Vault

CLAIM_SECONDS = 60.0
RENEW_SECONDS = 50.0
POLL_SECONDS = 0.2


Obtain = Callable[[Mapping[str, Secret]], Awaitable[TokenSet]]
"""Asks the provider for fresh tokens, given the present credentials; raises
ReauthorizationNeeded when the provider refuses for good."""


class Refresh:
    """Let one renewal run per account: here by joining it, elsewhere by a claim on its row.

    Many providers accept a refresh token once, and answer its second use by ending the account's
    access; a compare-and-set on the result alone would come too late.
    """

    def __init__(
        self,
        database: Database,
        *,
        vault: Vault,
        snapshots: Snapshots,
        health: Health,
        tasks: BackgroundTasks,
        clock: Clock,
        sleep: Sleep,
    ) -> None:
        self._database = database
        self._vault = vault
        self._snapshots = snapshots
        self._health = health
        self._tasks = tasks
        self._clock = clock
        self._sleep = sleep
        self._running: dict[tuple[str, str], asyncio.Task[AccountForCall | WaypostError]] = {}

    async def refresh(self, stale: AccountForCall, obtain: Obtain) -> AccountForCall:
        """Return the account with credentials newer than `stale` has, renewing them if nobody did.

        A caller that gives up does not stop the renewal: the provider may have spent the old token.
        Raises ReauthorizationNeeded, after marking the account; ProviderError as `obtain` does;
        AccountNotReady when another process holds the claim for too long.
        """
        place = (stale.environment_id, stale.id)
        while True:
            task = self._running.get(place)
            if task is None:
                name = f"refresh {stale.id}"
                task = self._tasks.start(self._outcome(stale, obtain), name=name)
                self._running[place] = task
                task.add_done_callback(lambda _: self._running.pop(place, None))
            outcome = await asyncio.shield(task)
            if isinstance(outcome, WaypostError):
                raise outcome
            if outcome.version > stale.version:
                return outcome

    async def _outcome(
        self, stale: AccountForCall, obtain: Obtain
    ) -> AccountForCall | WaypostError:
        # An error is an answer for all who wait, not a failure of the background task.
        try:
            return await self._renewed(stale, obtain)
        except WaypostError as error:
            return error

    async def _renewed(self, stale: AccountForCall, obtain: Obtain) -> AccountForCall:
        claim = new_id()
        current = await self._claimed(stale, claim)
        if current.version > stale.version:
            return current
        try:
            async with asyncio.timeout(RENEW_SECONDS):
                tokens = await obtain(current.credentials)
            await self._store(current, tokens)
        except TimeoutError:
            await self._release(current, claim)
            raise ProviderTimedOut(deadline="total", seconds=RENEW_SECONDS) from None
        except ReauthorizationNeeded as error:
            await self._release(current, claim)
            await self._health.mark_unauthorized(current, {"message": error.message})
            raise
        except BaseException:
            await self._release(current, claim)
            raise
        return await self._snapshots.load(stale.environment_id, stale.id)

    async def _claimed(self, stale: AccountForCall, claim: str) -> AccountForCall:
        """Return the account once the claim is ours, or someone else has renewed it."""
        for _ in range(int(2 * CLAIM_SECONDS / POLL_SECONDS)):
            current = await self._snapshots.load(stale.environment_id, stale.id)
            if current.version > stale.version:
                return current
            now = self._clock.now()
            async with self._database.write() as connection:
                claimed = await store.claim_refresh(
                    connection,
                    stale.environment_id,
                    stale.id,
                    version=current.version,
                    claim=claim,
                    now=now,
                    until=now + CLAIM_SECONDS,
                )
            if claimed:
                return current
            await self._sleep(POLL_SECONDS)
        raise AccountNotReady("The account's credentials are being renewed elsewhere.")

    async def _release(self, current: AccountForCall, claim: str) -> None:
        async with self._database.write() as connection:
            await store.release_refresh(connection, current.environment_id, current.id, claim)

    async def _store(self, current: AccountForCall, tokens: TokenSet) -> None:
        """Keep fresh credentials, unless others were given meanwhile."""
        place = (current.environment_id, current.id)
        async with self._database.write() as connection:
            stored = await store.get(connection, *place, lock=True)
            if stored.account.credential_version != current.version:
                return
            fresh = await self._vault.seal(connection, *place, _secrets(tokens))
            sealed = {name: base64.b64encode(raw).decode() for name, raw in fresh.items()}
            context = stored.account.context
            if tokens.expires_at is not None and "oauth" in context:
                ends = {"oauth": {"token": {"expires_at": iso(tokens.expires_at)}}}
                context = merge_context(context, ends)
            await store.change(
                connection,
                *place,
                {
                    "sealed": {**stored.sealed, **sealed},
                    "context": dict(context),
                    "credential_version": current.version + 1,
                    "credentials_expire_at": tokens.expires_at,
                    "refresh_claim": None,
                    "refresh_claim_until": None,
                },
            )
        self._snapshots.forget(*place)


def _secrets(tokens: TokenSet) -> dict[str, Secret]:
    found = {"access_token": tokens.access_token}
    if tokens.refresh_token is not None:  # else the one we have stays good
        found["refresh_token"] = tokens.refresh_token
    return found
