"""Tell the world what happened to an account: an event with the account as the wire shows it."""

from waypost.base.connection import AsyncConnection
from waypost.base.errors import NotFound
from waypost.kernel.accounts.model import Account, wire_account
from waypost.kernel.events import Events
from waypost.kernel.installs import Installs
from waypost.kernel.manifests import Manifests


class Announcements:
    """Append account events inside the transaction that makes them true."""

    def __init__(self, events: Events, installs: Installs, manifests: Manifests) -> None:
        self._events = events
        self._installs = installs
        self._manifests = manifests

    async def announce(
        self, connection: AsyncConnection, account: Account, event_type: str
    ) -> None:
        """Append an event about an account that still exists."""
        install = await self._installs.read(connection, account.environment_id, account.install_id)
        try:
            integration = self._manifests.integration(account.integration)
        except NotFound:
            integration = None
        payload = wire_account(account, install, integration)
        await self._events.append(connection, account.environment_id, event_type, payload)

    async def announce_removal(
        self, connection: AsyncConnection, environment_id: str, account_id: str
    ) -> None:
        """Append the event that an account is gone."""
        payload = {"id": account_id}
        await self._events.append(connection, environment_id, "integrated_account:deleted", payload)
