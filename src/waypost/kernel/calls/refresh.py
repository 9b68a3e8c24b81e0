"""Keep OAuth access tokens fresh: one refresh per account at a time, ahead of the expiry."""

from collections.abc import Mapping

from waypost.base.clock import Clock
from waypost.base.errors import ManifestError, ReauthorizationNeeded
from waypost.base.secret import Secret
from waypost.engine.auth import OAuthApp, TokenSet, client_credentials, drive, oauth2
from waypost.engine.manifest.integration import Integration
from waypost.engine.transport import Deadlines, Transport
from waypost.kernel.accounts import AccountForCall, Accounts

AHEAD_SECONDS = 120.0
REFRESHED_FORMATS = frozenset({"oauth2", "oauth2_client_credentials"})


class Refresher:
    """Refresh an account's access token when it is due, whoever asks first."""

    def __init__(
        self,
        *,
        accounts: Accounts,
        transport: Transport,
        clock: Clock,
        deadlines: Deadlines,
        apps: Mapping[str, OAuthApp],
    ) -> None:
        self._accounts = accounts
        self._transport = transport
        self._clock = clock
        self._deadlines = deadlines
        self._apps = dict(apps)

    def is_due(self, account: AccountForCall) -> bool:
        """Say whether the access token ends within two minutes."""
        if account.authentication_method not in REFRESHED_FORMATS:
            return False
        expires_at = account.token_expires_at
        return expires_at is not None and expires_at - self._clock.now() < AHEAD_SECONDS

    async def refresh(self, account: AccountForCall, integration: Integration) -> AccountForCall:
        """Return the account with a fresh token; raises ReauthorizationNeeded, ProviderError."""

        async def obtain(credentials: Mapping[str, Secret]) -> TokenSet:
            flow = self._flow(account, integration, credentials)
            return await drive(flow, self._transport, self._deadlines)

        return await self._accounts.refresh(account, obtain)
