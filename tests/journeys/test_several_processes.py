"""Four processes behind one port on PostgreSQL and Valkey: restarted one by one, and without either."""

import json
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
import redis
from tests.support.acme_process import every_record, link_acme
from tests.support.acme_world import write_acme
from tests.support.platform_process import PlatformProcess, platform_process
from tests.support.postgres import NoPostgres, OwnPostgres, own_postgres
from tests.support.raw_client import connect, read_until
from tests.support.raw_provider import Exchange, RawProvider, answering
from tests.support.valkey import ValkeyProcess, valkey_process

pytestmark = pytest.mark.timeout(400)
CALLERS = 4


@dataclass
class Shop:
    """An environment with one account at the bare provider, served by four processes."""

    platform: PlatformProcess
    postgres: OwnPostgres
    valkey: ValkeyProcess
    token: str
    account: str

    def ask(self, client: httpx.Client, path: str, **headers: str) -> httpx.Response:
        headers = {"authorization": f"Bearer {self.token}"} | headers
        return client.get(self.platform.url + path, headers=headers)

    def members(self) -> int:
        """Return how many processes share their budgets at the server."""
        with redis.Redis(port=self.valkey.port) as server:
            return int(server.zcard("{waypost}:budget:ready"))

    def records(self, client: httpx.Client) -> list[str]:
        """Return the ids of all call records."""
        return [each["id"] for each in every_record(self.platform, self.token, client)]

    def answered(self, client: httpx.Client) -> int:
        """Return how many call records tell of an answer."""
        found = every_record(self.platform, self.token, client)
        return sum(each["http_status_code"] == 200 for each in found)


@dataclass
class Load:
    """Steady calls, and how each ended."""

    answers: list[tuple[int, str]] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    ends: threading.Event = field(default_factory=threading.Event)

    def counts(self) -> Counter[int]:
        return Counter(status for status, _ in self.answers)

    def wait_for(self, more: int, seconds: float = 60.0) -> None:
        """Wait until so many more calls were answered with 200."""
        wanted, ends = self.counts()[200] + more, time.monotonic() + seconds
        while self.counts()[200] < wanted:
            assert time.monotonic() < ends, (self.counts(), self.failures[:3])
            time.sleep(0.05)


@contextmanager
def load(shop: Shop) -> Iterator[Load]:
    """Call the provider again and again, over connections that are kept."""
    here = Load()
    path = f"/custom/people/1?integrated_account_id={shop.account}"

    def call() -> None:
        with httpx.Client(timeout=30, trust_env=False) as client:
            while not here.ends.wait(0.01):
                try:
                    answer = shop.ask(client, path)
                    here.answers.append((answer.status_code, answer.text))
                except httpx.TransportError as error:
                    here.failures.append(repr(error))

    threads = [threading.Thread(target=call) for _ in range(CALLERS)]
    for each in threads:
        each.start()
    try:
        yield here
    finally:
        here.ends.set()
        for each in threads:
            each.join()


def catalog(folder: Path) -> Path:
    """Write Acme with short windows: who loses its Valkey waits one out."""
    root = write_acme(folder)
    [file] = root.rglob("integration.yaml")
    usual = "general: {limit: 100000}"
    assert usual in file.read_text()
    short = "general: {limit: 100000, window_seconds: 5}"
    file.write_text(file.read_text().replace(usual, short))
    return root


@pytest.fixture
def shop(tmp_path: Path, bare_provider: RawProvider, http: httpx.Client) -> Iterator[Shop]:
    bare_provider.reset()
    bare_provider.behave(answering(200, {"data": {"id": 1}}))
    try:
        with (
            own_postgres() as postgres,
            valkey_process() as valkey,
            platform_process(
                tmp_path / "platform",
                processes="4",
                database_url=postgres.url,
                redis_url=valkey.url,
                catalog=str(catalog(tmp_path / "catalog")),
                base_urls=json.dumps({"acme": bare_provider.url}),
            ) as platform,
        ):
            yield Shop(platform, postgres, valkey, *link_acme(platform, http))
    except NoPostgres as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"there is no PostgreSQL here: {error}")


def children(pid: int) -> set[int]:
    found = set()
    for task in Path(f"/proc/{pid}/task").iterdir():
        found |= {int(each) for each in (task / "children").read_text().split()}
    return {each for each in found if b"spawn_main" in _command(each)}


def _command(pid: int) -> bytes:
    return Path(f"/proc/{pid}/cmdline").read_bytes()


def until(is_so: Callable[[], bool], seconds: float = 90.0) -> None:
    ends = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < ends, "it did not come about"
        time.sleep(0.1)


def test_a_rolling_restart_fails_no_call(shop: Shop, http: httpx.Client) -> None:
    before = children(shop.platform.pid)
    assert len(before) == 4
    with load(shop) as calls:
        calls.wait_for(20)
        os.kill(shop.platform.pid, signal.SIGHUP)
        until(lambda: not before & children(shop.platform.pid), 300)
        calls.wait_for(20)
    assert len(children(shop.platform.pid)) == 4
    assert calls.failures == []
    assert set(calls.counts()) == {200}
    until(lambda: len(shop.records(http)) == len(calls.answers), 20)


def test_a_worker_that_is_told_to_stop_ends_what_it_has_begun(
    shop: Shop, http: httpx.Client, bare_provider: RawProvider
) -> None:
    before = children(shop.platform.pid)
    path = f"/passthrough/{shop.account}"
    until(lambda: shop.ask(http, f"{path}/warm").status_code == 200)
    goes_on = threading.Event()

    def behave(exchange: Exchange) -> None:
        if exchange.target.endswith("late"):
            assert goes_on.wait(60)
            exchange.answer(200, b"last")
            return
        exchange.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n")
        assert goes_on.wait(60)
        exchange.send(b"4\r\nlast\r\n0\r\n\r\n")

    bare_provider.received.clear()
    bare_provider.behave(behave)
    with ExitStack() as stack:
        connections = []
        for tail in ("late", "begun") * 6:
            connection = stack.enter_context(connect(shop.platform.url))
            head = f"GET {path}/{tail} HTTP/1.1\r\nHost: w\r\nAuthorization: Bearer {shop.token}"
            connection.sendall(f"{head}\r\n\r\n".encode())
            if tail == "begun":
                read_until(connection, b"first\r\n")
            connections.append(connection)
        until(lambda: len(bare_provider.received) >= len(connections))
        stopped = max(before, key=sockets)
        os.kill(stopped, signal.SIGTERM)
        time.sleep(1)
        assert stopped in children(shop.platform.pid), "it waits for what it has begun"
        goes_on.set()
        for late, begun in zip(connections[::2], connections[1::2], strict=True):
            assert read_until(late, b"last").endswith(b"last")
            assert read_until(begun, b"0\r\n\r\n").endswith(b"last\r\n0\r\n\r\n")
    until(lambda: stopped not in children(shop.platform.pid))
    until(lambda: len(children(shop.platform.pid)) == 4)


def sockets(pid: int) -> int:
    """Count the connections of a process."""
    return sum(each.is_socket() for each in Path(f"/proc/{pid}/fd").iterdir())


def test_without_its_database_it_says_so_and_forgets_no_call(
    shop: Shop, http: httpx.Client
) -> None:
    with load(shop) as calls:
        calls.wait_for(20)
        shop.postgres.stop()
        answer = shop.ask(http, "/integrated-account")
        assert answer.status_code == 503, answer.text
        assert answer.headers["retry-after"].isdigit()
        told = answer.json()
        assert told["message"].startswith("The database cannot be reached"), told
        assert http.get(f"{shop.platform.url}/readyz").status_code == 503
        time.sleep(1)
        shop.postgres.start()
        until(lambda: shop.ask(http, "/integrated-account").status_code == 200)
        calls.wait_for(20)
    assert calls.failures == []
    assert set(calls.counts()) <= {200, 503}, calls.counts()
    reached = calls.counts()[200]
    until(lambda: len(set(shop.records(http))) >= reached, 20)


def test_without_its_valkey_it_goes_on_alone_and_forgets_no_call(
    shop: Shop, http: httpx.Client
) -> None:
    """What the others used last is not known: for one window it tells callers when to come back."""
    with load(shop) as calls:
        calls.wait_for(20)
        shop.valkey.kill()
        until(lambda: shop.platform.log.read_text().count("mode=alone") == 4)
        calls.wait_for(40)
        assert http.get(f"{shop.platform.url}/readyz").status_code == 200
        shop.valkey.start()
        until(lambda: shop.members() == 4)
        calls.wait_for(40)
    assert calls.failures == []
    assert set(calls.counts()) <= {200, 429}, calls.counts()
    refused = [json.loads(text) for status, text in calls.answers if status == 429]
    assert {each["code"] for each in refused} <= {"caller.budget_exhausted"}
    reached = calls.counts()[200]
    until(lambda: shop.answered(http) == reached, 20)
