"""The scripts at a real server."""

import pytest
import redis
from tests.support.valkey import REDIS_URL

from waypost.adapters.valkey.scripts import BEAT, CHANGE, LEAVE
from waypost.base.ids import new_id

KEYS = ("fleet", "present", "ready", "seen")


class Server:
    def __init__(self, url: str) -> None:
        self.client = redis.Redis.from_url(url)
        self.keys = [f"{{{new_id()}}}:{name}" for name in KEYS]

    def beat(self, who: str, ready: str = "", *, processes: int = 2, now: float = 0.0) -> list:
        return self.client.eval(
            BEAT, 4, *self.keys, who, ready, processes, now, 70, 4000, 600_000, new_id()
        )

    def change(self, epoch: bytes, version: int, state: str) -> list:
        return self.client.eval(
            CHANGE, 2, self.keys[0], f"{self.keys[0]}:a", epoch, version, state, 9000
        )


@pytest.fixture
def server(valkey_url: str):
    found = Server(valkey_url)
    yield found
    found.client.delete(*found.keys)
    found.client.close()


def test_an_epoch_opens_when_everybody_is_ready(server: Server) -> None:
    epoch, is_open, gathered, processes, ready = server.beat("a")
    assert (is_open, gathered, processes, ready) == (0, 0, 2, [])
    assert server.beat("b")[:3] == [epoch, 0, 1]
    assert server.beat("a", epoch.decode())[1:] == [0, 1, 2, [b"a"]]
    assert server.beat("b", epoch.decode())[1:4] == [1, 1, 2]
    assert server.beat("a", "another epoch")[1] == 1, "open it stays"


def test_an_epoch_opens_without_those_who_do_not_come_back(server: Server) -> None:
    server.beat("a", now=1000.0)
    assert server.beat("a", now=1070.0)[1:3] == [0, 0]
    assert server.beat("a", now=1071.0)[1:3] == [1, 1]


def test_who_is_more_than_declared_is_counted(server: Server) -> None:
    for who in "abc":
        answer = server.beat(who, processes=1)
    assert answer[3] == 3
    server.client.eval(LEAVE, 3, *server.keys[1:], "c")
    assert server.beat("a", processes=1)[3] == 2


@pytest.mark.skipif(bool(REDIS_URL), reason="needs a server of its own")
def test_a_server_that_was_started_anew_begins_an_epoch(server: Server) -> None:
    epoch = server.beat("a")[0]
    server.client.hset(server.keys[0], "run", "another")
    assert server.beat("a")[0] != epoch


def test_a_change_is_made_to_what_was_read_and_to_nothing_else(server: Server) -> None:
    epoch = server.beat("a")[0]
    assert server.change(epoch, 0, "one") == [1]
    assert server.change(epoch, 0, "other") == [1, b"one"]
    assert server.change(epoch, 1, "two") == [2]
    assert server.change(b"before", 2, "late")[0] == -1
