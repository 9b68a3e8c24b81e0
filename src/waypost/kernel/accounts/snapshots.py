"""What a call needs of an account, kept in memory for a moment."""

import base64
from collections.abc import Callable, Mapping
from typing import Any

from waypost.base.database import Database, after_commit
from waypost.base.errors import Forbidden, NotFound
from waypost.base.readings import Readings
from waypost.base.secret import Secret
from waypost.base.tasks import BackgroundTasks
from waypost.kernel.accounts import store
from waypost.kernel.accounts.context import credential_fields
from waypost.kernel.accounts.model import Account, AccountForCall
from waypost.kernel.installs import Install, Installs
from waypost.kernel.manifests import Manifests
from waypost.kernel.vault import Vault

FRESH_SECONDS = 2.0
MOST_KEPT = 10_000

_Place = tuple[str, str]


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
        tasks: BackgroundTasks,
        monotonic: Callable[[], float],
    ) -> None:
        self._database = database
        self._vault = vault
        self._installs = installs
        self._manifests = manifests
        self.readings: Readings[_Place, AccountForCall] = Readings(
            lambda place: self.load(*place),
            tasks,
            seconds=FRESH_SECONDS,
            most=MOST_KEPT,
            monotonic=monotonic,
        )
        installs.watch(self._forget_install)

    def prepare(self, prepare: Callable[[AccountForCall], object]) -> None:
        """Have `prepare` make of a snapshot what calls need, where one is read ahead of time."""
        self.readings.before_renewed = prepare

    def peek(self, environment_id: str, account_id: str) -> AccountForCall | None:
        """Return a fresh snapshot if one is in memory and callable, touching nothing else."""
        found = self.readings.peek((environment_id, account_id))
        return found if found is not None and found.install.is_enabled else None

    def fresh_until(self, environment_id: str, account_id: str) -> float:
        """Return until when (monotonic) `peek` says the same, while `changes` stays; 0 if it is not."""
        return self.readings.fresh_until((environment_id, account_id))

    async def for_call(self, environment_id: str, account_id: str) -> AccountForCall:
        """Return what a call needs of an account.

        Raises NotFound, Forbidden when its integration is switched off in the environment,
        KeyMissing when its credentials cannot be opened.
        """
        found = await self.readings.get((environment_id, account_id))
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
        self.readings.forget((environment_id, account_id))

    def forget_after_commit(self, environment_id: str, account_id: str) -> None:
        """Drop a snapshot when the open transaction has committed."""
        after_commit(lambda: self.forget(environment_id, account_id))

    def forget_all(self) -> None:
        """Drop every snapshot."""
        self.readings.forget_all()

    def _forget_install(self, environment_id: str, install_id: str) -> None:
        self.readings.forget_where(
            lambda place, found: (place[0], found.install.id) == (environment_id, install_id)
        )

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
