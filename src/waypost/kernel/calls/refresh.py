"""Keep OAuth access tokens fresh: one refresh per account at a time, ahead of the expiry."""

from collections.abc import Mapping

from waypost.base.clock import Clock
from waypost.base.errors import ReauthorizationNeeded, SettingInvalid
from waypost.base.secret import Secret
from waypost.engine.auth import Flow, OAuthApp, TokenSet, client_credentials, drive, oauth2
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
        if account.account.authentication_method not in REFRESHED_FORMATS:
            return False
        expires_at = account.expires_at
        return expires_at is not None and expires_at - self._clock.now() < AHEAD_SECONDS

    async def refresh(self, account: AccountForCall, integration: Integration) -> AccountForCall:
        """Return the account with a fresh token; raises ReauthorizationNeeded, ProviderError."""

        async def obtain(credentials: Mapping[str, Secret]) -> TokenSet:
            flow = self._flow(account, integration, credentials)
            return await drive(flow, self._transport, self._deadlines)

        return await self._accounts.refresh(account, obtain)

    def _flow(
        self, account: AccountForCall, integration: Integration, credentials: Mapping[str, Secret]
    ) -> Flow:
        now = self._clock.now()
        if account.account.authentication_method == "oauth2_client_credentials":
            settings = integration.credentials.oauth2_client_credentials
            if settings is None:
                raise _not_offered(integration, "oauth2_client_credentials")
            return client_credentials.obtain(settings, credentials, now=now)
        oauth = integration.credentials.oauth2
        if oauth is None:
            raise _not_offered(integration, "oauth2")
        refresh_token = credentials.get("refresh_token")
        if refresh_token is None:
            raise ReauthorizationNeeded("The access token has ended and cannot be refreshed.")
        fields = {
            field.name: credentials[field.name].reveal()
            for field in oauth.fields
            if field.name in credentials
        }
        return oauth2.refresh(
            oauth, self.app(integration), refresh_token=refresh_token, now=now, fields=fields
        )

    def app(self, integration: Integration) -> OAuthApp:
        """Return our registration at an integration's provider; raises SettingInvalid."""
        found = self._apps.get(integration.name)
        oauth = integration.credentials.oauth2
        if found is None and oauth is not None and oauth.client is not None:
            secret = Secret(oauth.client.secret) if oauth.client.secret else None
            found = OAuthApp(oauth.client.id, secret)
        if found is None:
            raise SettingInvalid(
                f"WAYPOST_OAUTH_CLIENTS has no client id and secret for {integration.name}."
            )
        return found


def _not_offered(integration: Integration, form: str) -> ReauthorizationNeeded:
    return ReauthorizationNeeded(f"{integration.label} no longer offers {form}.")
