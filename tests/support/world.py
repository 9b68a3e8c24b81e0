"""A whole world for one test: a served platform, a sandbox account, a provider at a bare socket.

The platform, the sandbox process and the bare provider live as long as the test session; a test's
environment, tokens and accounts are its own.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import dbos  # noqa: F401 - loaded once here, not by a process of each platform
import httpx
import pytest
from tests.support.acme_world import write_acme
from tests.support.databases import chosen_kind, own_url
from tests.support.raw_client import RawAnswer, exchange, request_bytes
from tests.support.raw_provider import RawProvider, raw_provider
from tests.support.sandbox import Sandbox, SandboxAccount, sandbox_process
from tests.support.served import Served, served
from tests.support.valkey import own_redis_url

from waypost.base.listing import Listing
from waypost.kernel.calls.ledger import OwnLedger

ACME_KEY = "acme-key-0123456789"


@dataclass
class Environment:
    """One environment of a platform as its owner sees it: a token, accounts, calls by HTTP."""

    served: Served
    http: httpx.Client
    id: str
    token: str
    installs: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return self.served.url

    def link(
        self,
        integration: str,
        context: Mapping[str, Any],
        *,
        tenant_id: str = "tenant-1",
        **more: Any,
    ) -> str:
        """Bring an account in, as POST /integrated-account does; return its id."""
        if integration not in self.installs:
            self.installs[integration] = self.made(
                "/environment-integration", integration_id=integration
            )
        return self.made(
            "/integrated-account",
            tenant_id=tenant_id,
            environment_integration_id=self.installs[integration],
            context=context,
            **more,
        )

    def made(self, path: str, **body: Any) -> str:
        """Create something and return its id."""
        answer = self.post(path, json=body)
        assert answer.status_code in (200, 201), answer.text
        return str(answer.json()["id"])

    def request(
        self, verb: str, path: str, *, token: str | None = None, **rest: Any
    ) -> httpx.Response:
        """Call the platform with the environment's API token, or another one."""
        headers = {"authorization": f"Bearer {token or self.token}"} | rest.pop("headers", {})
        return self.http.request(verb, self.url + path, headers=headers, **rest)

    def get(self, path: str, **rest: Any) -> httpx.Response:
        return self.request("GET", path, **rest)

    def post(self, path: str, **rest: Any) -> httpx.Response:
        return self.request("POST", path, **rest)

    def raw(
        self, verb: str, target: str, headers: Mapping[str, str] | None = None, body: bytes = b""
    ) -> RawAnswer:
        """Call the platform byte for byte; the token is added."""
        given = {"Authorization": f"Bearer {self.token}", **(headers or {})}
        return exchange(self.url, request_bytes(verb, target, given, body))

    def records(self) -> list[dict[str, Any]]:
        """Return the call records, newest first."""
        from waypost.kernel.calls.store import LogQuery, list_records

        kernel = self.served.kernel

        async def read() -> list[dict[str, Any]]:
            await kernel.recorder.flush()
            async with kernel.database.read() as connection:
                return await list_records(connection, LogQuery(self.id, limit=1000))

        return self.served.run(read())

    def events(self) -> list[str]:
        """Return the types of what happened, oldest first."""
        page = self.served.run(self.served.kernel.events.list(self.id, Listing()))
        return [event.type for event in sorted(page.items, key=lambda event: event.created_at)]

    def account(self, account_id: str) -> dict[str, Any]:
        """Return an account as the wire shows it."""
        answer = self.get(f"/integrated-account/{account_id}")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def change(self, account_id: str, **changes: Any) -> None:
        """Change an account."""
        answer = self.request("PATCH", f"/integrated-account/{account_id}", json=changes)
        assert answer.status_code == 200, answer.text

    def account_token(self, account_id: str) -> str:
        """Return a token of one account, good for 15 minutes."""
        body = {"integrated_account_id": account_id}
        answer = self.post("/integrated-account/token", json=body)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["integrated_account_token"])


def make_environment(served: Served, http: httpx.Client, name: str = "Shop") -> Environment:
    """Make an environment with an API token, as the operator does."""
    headers = {"authorization": f"Bearer {served.operator_token}"}

    def made(path: str, **body: Any) -> Any:
        answer = http.post(served.url + path, json=body, headers=headers)
        assert answer.status_code == 201, answer.text
        return answer.json()

    identifier = made("/environment", name=name)["id"]
    token = made("/api-token", environment_id=identifier, name="tests")["token"]
    return Environment(served, http, identifier, token)


@dataclass
class World:
    """What most tests want: an environment with one account at the sandbox."""

    environment: Environment
    sandbox: SandboxAccount
    account: str

    def path(self, path: str, **query: str) -> str:
        """Return a path with the account in its query."""
        text = str(httpx.QueryParams({"integrated_account_id": self.account, **query}))
        return f"{path}{'&' if '?' in path else '?'}{text}"

    def request(self, verb: str, path: str, **rest: Any) -> httpx.Response:
        return self.environment.request(verb, self.path(path), **rest)

    def get(self, path: str, **rest: Any) -> httpx.Response:
        return self.environment.get(self.path(path), **rest)

    def post(self, path: str, **rest: Any) -> httpx.Response:
        return self.environment.post(self.path(path), **rest)

    def result(self, path: str, **rest: Any) -> list[dict[str, Any]]:
        """Return a list's records."""
        answer = self.get(path, **rest)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["result"]
        return found

    def rest(self, account: str | None = None) -> None:
        """Have the platform forget what it called for an account, as if minutes had passed since."""
        budgets = self.environment.served.kernel.calls.budgets

        async def forget() -> None:
            known = budgets._budgets.get(account or self.account)
            if known is not None and isinstance(known._ledger, OwnLedger):
                known._ledger = OwnLedger(known._rule, known._clock)
                known._classes.clear()

        self.environment.served.run(forget())

    def turn_to(self, now: str) -> None:
        """Stop the clocks of platform and sandbox at one moment (ISO 8601)."""
        self.sandbox.freeze(now)
        turn_platform(self.environment.served, now)


@dataclass
class AcmeWorld:
    """An environment with one account at the bare provider."""

    environment: Environment
    provider: RawProvider
    account: str

    def path(self, path: str, **query: str) -> str:
        text = str(httpx.QueryParams({"integrated_account_id": self.account, **query}))
        return f"{path}{'&' if '?' in path else '?'}{text}"

    def request(self, verb: str, path: str, **rest: Any) -> httpx.Response:
        return self.environment.request(verb, self.path(path), **rest)

    def get(self, path: str, **rest: Any) -> httpx.Response:
        return self.request("GET", path, **rest)

    def post(self, path: str, **rest: Any) -> httpx.Response:
        return self.request("POST", path, **rest)

    def passthrough(
        self, verb: str, path: str, headers: Mapping[str, str] | None = None, body: bytes = b""
    ) -> RawAnswer:
        """Call a path of the provider byte for byte."""
        return self.environment.raw(verb, f"/passthrough/{self.account}{path}", headers, body)

    @property
    def busy(self) -> int:
        """Count connections to the provider in use, once the platform had its turn."""
        return settled_connections(self.environment.served)


def settled_connections(served: Served) -> int:
    """Count connections in use after everything that was ready has run."""

    async def count() -> int:
        for _ in range(200):
            if served.busy_connections() == 0:
                break
            await asyncio.sleep(0.005)
        return served.busy_connections()

    return served.run(count())


def turn_platform(served: Served, now: str) -> None:
    """Stop the platform's clock at a moment (ISO 8601)."""
    moment = datetime.fromisoformat(now).timestamp()
    draft = served.clock_file.with_suffix(".new")
    draft.write_text(str(moment))
    draft.replace(served.clock_file)


@contextmanager
def platform_for(
    folder: Path, sandbox: Sandbox | None, provider: RawProvider | None, **settings: Any
) -> Iterator[Served]:
    """Serve a platform that reaches the sandbox as mailersend and the bare provider as acme."""
    base_urls = {"mailersend": f"{sandbox.root}/v1"} if sandbox else {}
    base_urls |= {"acme": provider.url} if provider else {}
    given = {"catalog": (str(write_acme(folder / "catalog")),), "base_urls": base_urls, **settings}
    with served(folder / "data", **given) as running:
        yield running


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """Give the sandbox process of this session."""
    with sandbox_process() as running:
        yield running


@pytest.fixture(scope="session")
def bare_provider() -> Iterator[RawProvider]:
    """Give the provider at a bare socket; `acme` resets it for each test."""
    with raw_provider() as running:
        yield running


@pytest.fixture(scope="session")
def platforms(
    tmp_path_factory: pytest.TempPathFactory, sandbox: Sandbox, bare_provider: RawProvider
) -> Iterator[Callable[[str], Served]]:
    """Give the platform of this session on a kind of database, with short deadlines."""
    with ExitStack() as running:

        @cache
        def platform_on(kind: str) -> Served:
            folder = tmp_path_factory.mktemp("platform")
            own = {"database_url": own_url(folder, kind), "redis_url": own_redis_url(folder, kind)}
            given = platform_for(folder, sandbox, bare_provider, **own, **SHORT)
            return running.enter_context(given)

        yield platform_on


@pytest.fixture(scope="session")
def platform(request: pytest.FixtureRequest, platforms: Callable[[str], Served]) -> Served:
    """Give the platform of this session; a module of ON_BOTH names the kind of its database."""
    return platforms(getattr(request, "param", chosen_kind()))


SHORT = {"first_byte_timeout": 2.0, "idle_timeout": 2.0, "total_timeout": 6.0}


@pytest.fixture(scope="session")
def http() -> Iterator[httpx.Client]:
    """Give a client that follows nothing and trusts no environment."""
    with httpx.Client(timeout=30, trust_env=False) as client:
        yield client


@pytest.fixture
def environment(platform: Served, http: httpx.Client) -> Iterator[Environment]:
    """Give an environment of this test's own; a turned clock is let go afterwards."""
    yield make_environment(platform, http)
    platform.clock_file.unlink(missing_ok=True)


@pytest.fixture
def world(environment: Environment, sandbox: Sandbox) -> World:
    """Give an environment with one account at a fresh sandbox account."""
    there = sandbox.account()
    return World(environment, there, environment.link("mailersend", {"api_token": there.api_token}))


@pytest.fixture
def acme(environment: Environment, bare_provider: RawProvider) -> Iterator[AcmeWorld]:
    """Give an environment with one account at the bare provider; nothing may be left open."""
    bare_provider.reset()
    here = AcmeWorld(environment, bare_provider, environment.link("acme", {"api_key": ACME_KEY}))
    yield here
    assert not bare_provider.failures, bare_provider.failures
