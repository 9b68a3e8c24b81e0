"""The kernel's rooms around one database: what `wiring` puts together, for tests."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support.keyrings import MemoryKeyring
from tests.support.turned_clock import TurnedClock

from waypost.base.database import Database
from waypost.base.secret import Secret
from waypost.base.tasks import BackgroundTasks
from waypost.engine.manifest.integration import Integration
from waypost.engine.manifest.loaded import Catalog, LoadedIntegration
from waypost.engine.manifest.places import Places
from waypost.engine.manifest.strict import checked
from waypost.kernel.accounts import Account, Accounts
from waypost.kernel.environments import Caller, Environments
from waypost.kernel.events import Events
from waypost.kernel.installs import Install, Installs
from waypost.kernel.manifests import Manifests
from waypost.kernel.tenants import Tenants
from waypost.kernel.vault import Vault

OPERATOR = Caller("operator")

_FIELDS = (
    {"name": "api_token", "label": "Token", "type": "password"},
    {"name": "subdomain", "label": "Subdomain", "required": False},
)


def _integration(name: str, credentials: Mapping[str, Any]) -> LoadedIntegration:
    described = {
        "name": name,
        "label": name.title(),
        "category": "email",
        "description": "Made for a test of the kernel.",
        "base_url": f"https://api.{name}.example/v1",
        "credentials": credentials,
        "authorization": {"scheme": "bearer", "token": "{{credentials.api_token}}"},
    }
    integration = checked(Integration, described)
    return LoadedIntegration(integration, {}, (), "", Path(name), Places(name), {})


def small_catalog() -> Catalog:
    """Return three integrations: `acme` by key, `globex` by OAuth, `initech` by key."""
    oauth = {
        "authorize_url": "https://globex.example/authorize",
        "token_url": "https://globex.example/token",
    }
    return Catalog(
        {
            "acme": _integration("acme", {"api_key": {"fields": _FIELDS}}),
            "globex": _integration("globex", {"oauth2": oauth}),
            "initech": _integration("initech", {"api_key": {"fields": _FIELDS}}),
        }
    )


@dataclass
class KernelWorld:
    """One process's kernel; `again` is another process on the same database."""

    database: Database
    clock: TurnedClock = field(default_factory=TurnedClock)
    keyring: MemoryKeyring = field(default_factory=MemoryKeyring)

    def __post_init__(self) -> None:
        database, clock = self.database, self.clock
        self.tasks = BackgroundTasks()
        self.manifests = Manifests(small_catalog())
        self.environments = Environments(
            database,
            clock=clock,
            tasks=self.tasks,
            operator_token=Secret("operator"),
            monotonic=clock.now,
        )
        self.vault = Vault(database, self.keyring, clock=clock)
        self.events = Events(database, clock=clock)
        self.tenants = Tenants(database, clock=clock)
        self.installs = Installs(
            database, manifests=self.manifests, vault=self.vault, events=self.events, clock=clock
        )
        self.accounts = Accounts(
            database,
            vault=self.vault,
            events=self.events,
            environments=self.environments,
            installs=self.installs,
            tenants=self.tenants,
            manifests=self.manifests,
            tasks=self.tasks,
            clock=clock,
            sleep=self._sleep,
            monotonic=clock.now,
        )

    async def _sleep(self, seconds: float) -> None:
        await self.clock.sleep(seconds)
        await asyncio.sleep(0.001)  # others must come to run

    def again(self) -> "KernelWorld":
        """Return another process on the same database, keyring and clock."""
        return KernelWorld(self.database, self.clock, self.keyring)

    async def environment(self, name: str = "Shop") -> str:
        """Create an environment; return its id."""
        return (await self.environments.create(OPERATOR, name)).id

    async def install(self, environment_id: str, integration: str = "acme") -> Install:
        """Switch an integration on."""
        return await self.installs.create(environment_id, integration)

    async def account(
        self,
        environment_id: str,
        *,
        integration: str = "acme",
        tenant_id: str = "tenant-1",
        context: Mapping[str, Any] | None = None,
        active: bool = True,
    ) -> Account:
        """Link an account, active unless told otherwise."""
        install = await self.install(environment_id, integration)
        oauth = integration == "globex"
        token = {"access_token": "access-1", "refresh_token": "refresh-1", "expires_in": 3600}
        default = {"oauth": {"token": token}} if oauth else {"api_token": "key-1"}
        account = await self.accounts.create(
            environment_id,
            tenant_id=tenant_id,
            install_id=install.id,
            authentication_method="oauth2" if oauth else "api_key",
            context=context or default,
        )
        if active:
            account = await self.accounts.conclude(environment_id, account.id, "validated")
        return account

    async def event_types(self, environment_id: str) -> list[str]:
        """Return the types of all account events so far, without `integrated_account:`."""
        page = await self.events.list(environment_id)
        types = [each.type.split(":") for each in page.items]
        return [happening for about, happening in types if about == "integrated_account"]
