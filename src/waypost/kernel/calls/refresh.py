"""Keep OAuth access tokens fresh: one refresh per account at a time, ahead of the expiry."""

from collections.abc import Mapping
from typing import Any

from waypost.base.clock import Clock
from waypost.base.errors import ReauthorizationNeeded, SettingInvalid
from waypost.base.secret import Secret
from waypost.engine.auth import Flow, OAuthApp, TokenSet, client_credentials, drive, oauth2
from waypost.engine.manifest.integration import Integration
from waypost.engine.transport import Deadlines, Transport
from waypost.kernel.accounts import AccountForCall, Accounts
from waypost.kernel.installs import Installs

AHEAD_SECONDS = 120.0
REFRESHED_FORMATS = frozenset({"oauth2", "oauth2_client_credentials"})


class Refresher:
    """Refresh an account's access token when it is due, whoever asks first."""

    def __init__(
        self,
        *,
        accounts: Accounts,
        installs: Installs,
        transport: Transport,
        clock: Clock,
        deadlines: Deadlines,
        apps: Mapping[str, OAuthApp],
    ) -> None:
        self._accounts = accounts
        self._installs = installs
        self._transport = transport
        self._clock = clock
        self._deadlines = deadlines
        self._apps = dict(apps)

    def is_due(self, account: AccountForCall) -> bool:
        """Say whether the access token ends within two minutes."""
        if account.account.authentication_method not in REFRESHED_FORMATS:
            return False
        if "access_token" not in account.credentials:
            # Imported with a client id and secret only: the first token is fetched by the first call.
            return True
        expires_at = account.expires_at
        return expires_at is not None and expires_at - self._clock.now() < AHEAD_SECONDS

    async def refresh(self, account: AccountForCall, integration: Integration) -> AccountForCall:
        """Return the account with a fresh token; raises ReauthorizationNeeded, ProviderError."""

        async def obtain(credentials: Mapping[str, Secret]) -> TokenSet:
            flow = await self._flow(account, integration, credentials)
            return await drive(flow, self._transport, self._deadlines)

        return await self._accounts.refresh(account, obtain)

    async def _flow(
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
        app = await self.app(integration, account.environment_id, account.account.install_id)
        return oauth2.refresh(oauth, app, refresh_token=refresh_token, now=now, fields=fields)

    async def app(self, integration: Integration, environment_id: str, install_id: str) -> OAuthApp:
        """Return the app to sign in with: the install's own, the operator's, or the manifest's.

        Raises SettingInvalid when there is none.
        """
        oauth = integration.credentials.oauth2
        found = await self._own_app(environment_id, install_id) or self._apps.get(integration.name)
        if found is None and oauth is not None and oauth.client is not None:
            secret = Secret(oauth.client.secret) if oauth.client.secret else None
            found = OAuthApp(oauth.client.id, secret)
        if found is None:
            raise SettingInvalid(
                f"{integration.label} needs an OAuth app: set it in WAYPOST_OAUTH_CLIENTS, or in the "
                "install's override as credentials.oauth2.client."
            )
        return found

    async def _own_app(self, environment_id: str, install_id: str) -> OAuthApp | None:
        install = await self._installs.get(environment_id, install_id)
        client: Any = install.override
        for key in ("credentials", "oauth2", "client"):
            client = client.get(key) if isinstance(client, Mapping) else None
        if not isinstance(client, Mapping) or not isinstance(client.get("id"), str):
            return None
        secrets = await self._installs.secrets(environment_id, install_id)
        return OAuthApp(client["id"], secrets.get("credentials/oauth2/client/secret"))


def _not_offered(integration: Integration, form: str) -> ReauthorizationNeeded:
    return ReauthorizationNeeded(f"{integration.label} no longer offers {form}.")
