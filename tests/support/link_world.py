"""The whole platform behind a real socket, with the small catalog, for tests of linking."""

import json
import socket
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx
from tests.support.link_catalog import write_catalog
from tests.support.link_provider import LinkProvider, serve_provider
from tests.support.served import Served, served

from waypost.kernel.accounts import Account
from waypost.kernel.environments import Caller

T = TypeVar("T")
OPERATOR = Caller("operator")


@dataclass
class LinkWorld:
    """A running platform; `run` does something inside its event loop."""

    served: Served
    provider: LinkProvider
    http: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        self.http = httpx.Client(base_url=self.url, timeout=30, trust_env=False)

    @property
    def url(self) -> str:
        return self.served.url

    @property
    def kernel(self) -> Any:
        return self.served.kernel

    @property
    def data_dir(self) -> Path:
        return self.served.data_dir

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.served.run(work)

    def shop(self, *integrations: str) -> "Shop":
        """Make an environment with integrations switched on, and an API token."""

        async def make() -> Shop:
            environments = self.kernel.environments
            environment = await environments.create(OPERATOR, "Shop")
            issued = await environments.create_token(OPERATOR, environment.id, "tests")
            for name in integrations or ("acme", "globex", "initech"):
                await self.kernel.installs.create(environment.id, name)
            return Shop(self, environment.id, issued.token.reveal())

        return self.run(make())


@dataclass
class Shop:
    """One environment as its owner sees it."""

    world: LinkWorld
    id: str
    api_token: str

    def order(self, **body: Any) -> httpx.Response:
        headers = {"authorization": f"Bearer {self.api_token}"}
        return self.world.http.post("/link-token", json=body, headers=headers)

    def link_token(self, **body: Any) -> str:
        if "integrated_account_id" not in body:
            body.setdefault("tenant_id", "tenant-1")
        answer = self.order(**body)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["link_token"])

    def page(self, link_token: str, **query: str) -> httpx.Response:
        return self.world.http.get("/connect-account", params={"link_token": link_token, **query})

    def submit(
        self,
        link_token: str,
        integration: str | None = "acme",
        accept: str = "application/json",
        **fields: Any,
    ) -> httpx.Response:
        body: dict[str, Any] = {"link_token": link_token, "fields": fields}
        if integration:
            body["integration"] = integration
        return self.world.http.post("/connect-account/link", json=body, headers={"accept": accept})

    def account(self, account_id: str) -> Account:
        return self.world.run(self.world.kernel.accounts.get(self.id, account_id))

    def accounts(self) -> Sequence[Account]:
        return self.world.run(self.world.kernel.accounts.list(self.id)).items

    def secrets(self, account_id: str) -> dict[str, str]:
        found = self.world.run(self.world.kernel.accounts.for_call(self.id, account_id))
        return {name: secret.reveal() for name, secret in found.credentials.items()}

    def events(self) -> list[str]:
        page = self.world.run(self.world.kernel.events.list(self.id))
        return [event.type for event in page.items if event.type.startswith("integrated_account")]


def lines(answer: httpx.Response) -> list[dict[str, Any]]:
    """Return the steps of a streamed attempt."""
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/x-ndjson"
    return [json.loads(line) for line in answer.text.splitlines()]


@contextmanager
def link_world(
    folder: Path, *, authorization_url: str = "https://acme.test/oauth", **settings: Any
) -> Iterator[LinkWorld]:
    """Give a platform that listens on loopback, and its provider."""
    catalog = write_catalog(folder / "catalog", authorization_url=authorization_url)
    with serve_provider() as (provider_url, provider), closed_port() as nowhere:
        base_urls = {"acme": provider_url, "globex": provider_url, "initech": nowhere}
        given: dict[str, Any] = {
            "catalog": (str(catalog),),
            "base_urls": base_urls,
            "first_byte_timeout": 1.0,
            **settings,
        }
        with served(folder / "data", **given) as platform:
            world = LinkWorld(platform, provider)
            try:
                yield world
            finally:
                provider.gate.set()
                world.http.close()


@contextmanager
def closed_port() -> Iterator[str]:
    """Give an address on which nothing listens: the port is taken but not listened on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
