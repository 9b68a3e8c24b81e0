"""What a call needs of an account, kept in memory for a moment."""

import asyncio
import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from waypost.base.database import Database, after_commit
from waypost.base.errors import Forbidden, NotFound
from waypost.base.secret import Secret
from waypost.kernel.accounts import store
from waypost.kernel.accounts.context import credential_fields
from waypost.kernel.accounts.model import Account, AccountForCall
from waypost.kernel.installs import Install, Installs
from waypost.kernel.manifests import Manifests
from waypost.kernel.vault import Vault

FRESH_SECONDS = 2.0
MOST_KEPT = 10_000

_Place = tuple[str, str]


@dataclass(frozen=True, slots=True)
class _Kept:
    found: AccountForCall
    until: float


class Snapshots:
    """Answer `for_call` from memory within FRESH_SECONDS.

    A change made by this process shows at once, one made by another FRESH_SECONDS later at most.
    """

    def __init__(
        self,
        database: Database,
        *,
        vault: Vault,
        installs: Installs,
        manifests: Manifests,
        monotonic: Callable[[], float],
    ) -> None:
        self._database = database
        self._vault = vault
        self._installs = installs
        self._manifests = manifests
        self._monotonic = monotonic
        self._kept: dict[_Place, _Kept] = {}
        self._loading: dict[_Place, asyncio.Lock] = {}
        self.changes = 0
        """Grows whenever a snapshot in memory may be old."""
        installs.watch(self._forget_install)

    def peek(self, environment_id: str, account_id: str) -> AccountForCall | None:
        """Return a fresh snapshot if one is in memory and callable, touching nothing else."""
        kept = self._kept.get((environment_id, account_id))
        if kept is None or kept.until <= self._monotonic() or not kept.found.install.is_enabled:
            return None
        return kept.found

    def fresh_until(self, environment_id: str, account_id: str) -> float:
        """Return until when (monotonic) `peek` says the same, while `changes` stays; 0 if it is not."""
        kept = self._kept.get((environment_id, account_id))
        return 0.0 if kept is None else kept.until

    async def for_call(self, environment_id: str, account_id: str) -> AccountForCall:
        """Return what a call needs of an account.

        Raises NotFound, Forbidden when its integration is switched off in the environment,
        KeyMissing when its credentials cannot be opened.
        """
        if (kept := self.peek(environment_id, account_id)) is not None:
            return kept
        place = (environment_id, account_id)
        lock = self._loading.setdefault(place, asyncio.Lock())
        try:
            async with lock:
                if (kept := self.peek(environment_id, account_id)) is not None:
                    return kept
                changes = self.changes
                found = await self.load(environment_id, account_id)
                if changes == self.changes:  # else it may be old already: use it, do not keep it
                    self._keep(place, found)
        finally:
            self._loading.pop(place, None)
        if not found.install.is_enabled:
            raise Forbidden(f"The integration {found.integration} is switched off here.")
        return found

    async def load(self, environment_id: str, account_id: str) -> AccountForCall:
        """Read an account from the database and open its credentials; raises like `for_call`."""
        async with self._database.read() as connection:
            stored = await store.get(connection, environment_id, account_id)
            account = stored.account
            install = await self._installs.read(connection, environment_id, account.install_id)
        secrets = await self.open(account, stored.sealed)
        return AccountForCall(
            account, install, _context(account, install), self._credentials(account, secrets)
        )

    async def open(self, account: Account, sealed: Mapping[str, str]) -> dict[str, Secret]:
        """Open an account's sealed credentials, outside any transaction."""
        raw = {field: base64.b64decode(text) for field, text in sealed.items()}
        return await self._vault.open_all(account.environment_id, account.id, raw)

    def forget(self, environment_id: str, account_id: str) -> None:
        """Drop a snapshot now."""
        self.changes += 1
        self._kept.pop((environment_id, account_id), None)

    def forget_after_commit(self, environment_id: str, account_id: str) -> None:
        """Drop a snapshot when the open transaction has committed."""
        after_commit(lambda: self.forget(environment_id, account_id))

    def forget_all(self) -> None:
        """Drop every snapshot."""
        self.changes += 1
        self._kept.clear()

    def _forget_install(self, environment_id: str, install_id: str) -> None:
        for place, kept in list(self._kept.items()):
            if (place[0], kept.found.install.id) == (environment_id, install_id):
                self._kept.pop(place, None)
        self.changes += 1

    def _keep(self, place: _Place, found: AccountForCall) -> None:
        if len(self._kept) >= MOST_KEPT:
            self._kept.pop(next(iter(self._kept)))
        self._kept[place] = _Kept(found, self._monotonic() + FRESH_SECONDS)

    def _credentials(self, account: Account, secrets: dict[str, Secret]) -> dict[str, Secret]:
        """Add the credential fields that may be shown: templates name them like the secret ones."""
        try:
            integration = self._manifests.integration(account.integration)
        except NotFound:
            return secrets
        for each in credential_fields(integration.credentials, account.authentication_method):
            value = account.context.get(each.name)
            if each.name not in secrets and isinstance(value, str | int | float):
                secrets[each.name] = Secret(str(value))
        return secrets


def _context(account: Account, install: Install) -> Mapping[str, Any]:
    variables = install.override.get("environment_variables")
    if not variables:
        return account.context
    return {**account.context, "environment_variables": variables}
