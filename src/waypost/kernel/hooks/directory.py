"""Keep hooks and their secrets."""

from collections.abc import Mapping
from typing import Any

from waypost.base.clock import Clock
from waypost.base.connection import AsyncConnection
from waypost.base.database import Database
from waypost.base.ids import new_id
from waypost.base.secret import Secret
from waypost.kernel.hooks import store
from waypost.kernel.hooks.store import Hook
from waypost.kernel.vault import Vault

HEARD_EVERY = 60.0
MAKING_SECONDS = 600.0
"""After this long whoever was making a hook has died."""


class Hooks:
    """Keep our webhooks at providers; secrets are sealed under their account's data key."""

    def __init__(self, database: Database, vault: Vault, *, clock: Clock) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock

    async def plan(
        self,
        environment_id: str,
        account_id: str,
        kind: str,
        subject_id: str,
        *,
        subject_name: str | None = None,
    ) -> Hook:
        """Write down a hook that is to be made, or return the one that was; its id goes into its URL."""
        now = self._clock.now()
        hook = Hook(
            id=new_id(),
            environment_id=environment_id,
            account_id=account_id,
            kind=kind,
            subject_id=subject_id,
            subject_name=subject_name,
            provider_id=None,
            state="planned",
            reason=None,
            sealed_secret=None,
            created_at=now,
            updated_at=now,
            checked_at=None,
            heard_at=None,
        )
        async with self._database.write() as connection:
            if await store.add_once(connection, hook):
                return hook
            return await store.of_subject(connection, environment_id, account_id, kind, subject_id)

    async def of_account(self, environment_id: str, account_id: str) -> list[Hook]:
        """Return an account's hooks, oldest first."""
        async with self._database.read() as connection:
            return await store.list_hooks(connection, environment_id, account_id)

    async def active(self, after: str = "", *, limit: int = 200) -> list[Hook]:
        """Return active hooks of all environments, by id from after one on."""
        async with self._database.read() as connection:
            return await store.list_active(connection, after, limit)

    async def change(
        self,
        hook: Hook,
        values: Mapping[str, Any],
        *,
        secret: Secret | None = None,
    ) -> Hook:
        """Note how a hook stands, and its secret where the provider told one."""
        changed = {**values, "updated_at": self._clock.now()}
        async with self._database.write() as connection:
            if secret is not None:
                sealed = await self._vault.seal(
                    connection, hook.environment_id, hook.account_id, {_field(hook.id): secret}
                )
                changed["sealed_secret"] = sealed[_field(hook.id)]
            await store.change(connection, hook.environment_id, hook.id, changed)
            return await store.get(connection, hook.environment_id, hook.id)

    async def claim(self, hook: Hook, apart: float) -> bool:
        """Say whether a planned hook may be made now: one of a kind, `apart` seconds after another."""
        now = self._clock.now()
        async with self._database.write() as connection:
            return await store.claim(
                connection, hook, now, cut_off=now - MAKING_SECONDS, made_since=now - apart
            )

    async def note_heard(
        self, connection: AsyncConnection, environment_id: str, account_id: str, hook_id: str
    ) -> None:
        """Note that a hook was heard, in the caller's transaction; at most once a minute."""
        now = self._clock.now()
        await store.hear(connection, environment_id, account_id, hook_id, now, now - HEARD_EVERY)

    async def remove(self, hook: Hook) -> None:
        """Forget a hook."""
        async with self._database.write() as connection:
            await store.remove(connection, hook.environment_id, hook.id)

    async def secrets(
        self, environment_id: str, account_id: str, hook_id: str | None
    ) -> list[Secret]:
        """Return what may have signed a webhook: of the named hook, or of all the account's."""
        sealed = {
            _field(hook.id): hook.sealed_secret
            for hook in await self.of_account(environment_id, account_id)
            if hook.sealed_secret is not None and hook_id in (None, hook.id)
        }
        opened = await self._vault.open_all(environment_id, account_id, sealed)
        return list(opened.values())


def _field(hook_id: str) -> str:
    return f"hook:{hook_id}"
