"""A platform that knows its own address, and an account whose webhooks settle by a turned clock."""

import itertools
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from tests.support.sandbox import Sandbox, SandboxAccount
from tests.support.served import Served
from tests.support.world import Environment, make_environment, platform_for, turn_platform

from waypost.base.clock import iso

_DAYS = itertools.count()


@dataclass
class Hooked:
    """An environment, and an account of the sandbox that is not linked yet."""

    environment: Environment
    sandbox: SandboxAccount
    at: float

    @property
    def served(self) -> Served:
        return self.environment.served

    def turn(self, seconds: float) -> None:
        """Turn the platform's clock and the sandbox's together."""
        self.at += seconds
        turn_platform(self.served, iso(self.at))
        self.sandbox.control("POST", "/clock", {"advance": seconds})

    def link(self, **context: Any) -> str:
        return self.environment.link("mailersend", {"api_token": self.sandbox.api_token, **context})

    def shown(self, account: str) -> dict[str, Any]:
        answer = self.environment.get(f"/integrated-account/{account}/provider-webhooks")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def states(self, account: str) -> list[tuple[str, str]]:
        """Return the subjects' names and states."""
        return sorted(
            (str((each["subject"] or {}).get("name")), str(each["state"]))
            for each in self.shown(account)["result"]
        )

    def there(self, domain: str) -> list[dict[str, Any]]:
        """Return a domain's webhooks as the sandbox has them."""
        return list(self.ask("GET", "/webhooks", params={"domain_id": domain}).json()["data"])

    def ask(self, verb: str, path: str, **rest: Any) -> httpx.Response:
        """Call the sandbox as the account does, past the platform."""
        headers = {"authorization": f"Bearer {self.sandbox.api_token}"}
        url = f"{self.sandbox.root}/v1{path}"
        return self.environment.http.request(verb, url, headers=headers, **rest)

    def until(self, said: Callable[[], bool], turning: float = 0.0) -> None:
        """Wait until something holds, turning the clocks meanwhile."""
        for _ in range(1200):  # a minute or more, on a machine that has time for us
            if said():
                return
            if turning:
                self.turn(turning)
            threading.Event().wait(0.05)
        assert said()

    def until_active(self, account: str, *names: str) -> None:
        wanted = sorted((name, "active") for name in names)
        self.until(lambda: self.states(account) == wanted, turning=1.0)


START_AT = 2_000_023_200.0
"""2033-05-18T10:00:00Z; each test begins a day later, since what was planned is not planned again.

Later than any day this runs on, and never let go in between: standing work that has seen a later
day is not done again on an earlier one.
"""


@pytest.fixture(scope="module")
def public_platform(tmp_path_factory: pytest.TempPathFactory, sandbox: Sandbox) -> Iterator[Served]:
    """Give a platform that runs jobs and is told where providers reach it."""
    folder = tmp_path_factory.mktemp("public")
    (folder / "data").mkdir()
    (folder / "data" / "clock").write_text(str(START_AT))
    with platform_for(folder, sandbox, None, is_public=True, run_jobs=True) as running:
        yield running


@pytest.fixture
def hooked(public_platform: Served, http: httpx.Client, sandbox: Sandbox) -> Hooked:
    """Give an account of the sandbox with two domains, both clocks stopped."""
    at = START_AT + 86_400 * next(_DAYS)
    turn_platform(public_platform, iso(at))
    there = sandbox.account()
    there.freeze(iso(at))
    there.seed(
        domains=[
            {"id": "d0m41n00000000r3", "name": "shop.test", "is_verified": True},
            {"id": "d0m41n00000000r4", "name": "news.test", "is_verified": True},
        ]
    )
    return Hooked(make_environment(public_platform, http), there, at)
