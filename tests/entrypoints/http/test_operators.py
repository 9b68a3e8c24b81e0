"""The operators' paths over the wire, and a process's start and stop."""

from collections.abc import MutableMapping
from typing import Any

import pytest
from tests.support.world import AcmeWorld

from waypost import __version__
from waypost.base.errors import KeyMissing, StorageUnavailable
from waypost.entrypoints.http.operators import SUMMARIES, Act, Operators

Message = MutableMapping[str, Any]


async def nothing() -> None: ...


@pytest.mark.parametrize("path", [*SUMMARIES, "/openapi.json"])
def test_operators_routes_need_no_token(acme: AcmeWorld, path: str) -> None:
    answer = acme.environment.http.get(acme.environment.url + path)
    assert answer.status_code == 200
    assert answer.headers["waypost-request-id"]
    assert answer.headers["content-length"] == str(len(answer.content))


def test_what_they_say(acme: AcmeWorld) -> None:
    assert acme.environment.get("/ping").json() == {"status": "ok", "version": __version__}
    assert acme.environment.get("/healthz").json() == {"status": "ok"}
    assert acme.environment.get("/readyz").json() == {"status": "ready"}
    counts = acme.environment.get("/metrics")
    assert counts.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert "# TYPE waypost_calls_total counter" in counts.text


def test_they_are_only_read(acme: AcmeWorld) -> None:
    answer = acme.environment.post("/ping")
    assert answer.status_code == 405
    assert answer.json()["message"] == "POST means nothing at /ping."


class Life(list[str]):
    """A server's side of the lifespan, and what happened in which order."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[str] = []

    def doing(self, what: str, failure: Exception | None = None) -> Act:
        async def act() -> None:
            self.append(what)
            if failure is not None:
                raise failure

        return act

    async def send(self, message: Message) -> None:
        self.append(message["type"])
        self.told.append(message.get("message", ""))

    async def receive(self) -> Message:
        self.append("server")
        return {}

    def operators(self, start: Exception | None = None, stop: Exception | None = None) -> Operators:
        async def rest(scope: Message, _receive: Any, _send: Any) -> None:
            self.append(scope["type"])

        return Operators(
            rest,
            on_start=self.doing("start", start),
            on_stop=self.doing("stop", stop),
            ready=nothing,
            metrics=lambda: b"",
        )


@pytest.mark.anyio
async def test_start_and_stop_in_their_order() -> None:
    life = Life()
    await life.operators()({"type": "lifespan"}, life.receive, life.send)
    assert life == [
        *("server", "start", "lifespan.startup.complete"),
        *("server", "stop", "lifespan.shutdown.complete"),
    ]


@pytest.mark.anyio
async def test_a_failed_start_is_told_in_its_own_words() -> None:
    life = Life()
    await life.operators(start=KeyMissing("kek_1 is missing"))(
        {"type": "lifespan"}, life.receive, life.send
    )
    assert life == ["server", "start", "lifespan.startup.failed"]
    assert life.told == ["kek_1 is missing"]


@pytest.mark.anyio
async def test_a_fault_at_the_start_is_told_with_its_stack_and_raised() -> None:
    life = Life()
    with pytest.raises(ZeroDivisionError):
        await life.operators(start=ZeroDivisionError("by nought"))(
            {"type": "lifespan"}, life.receive, life.send
        )
    assert life == ["server", "start", "lifespan.startup.failed"]
    assert "Traceback" in life.told[-1]


@pytest.mark.anyio
async def test_a_fault_at_the_stop_is_told_with_its_stack() -> None:
    life = Life()
    with pytest.raises(ZeroDivisionError):
        await life.operators(stop=ZeroDivisionError("by nought"))(
            {"type": "lifespan"}, life.receive, life.send
        )
    assert life[-1] == "lifespan.shutdown.failed"
    assert "Traceback" in life.told[-1]
    assert "by nought" in life.told[-1]


@pytest.mark.anyio
async def test_everything_else_is_handed_on() -> None:
    life = Life()
    for scope in ({"type": "websocket"}, {"type": "http", "path": "/pings", "method": "GET"}):
        await life.operators()(scope, life.receive, life.send)
    assert life == ["websocket", "http"]


@pytest.mark.anyio
async def test_what_readiness_raises_goes_up() -> None:
    life = Life()

    async def rest(*_: Any) -> None: ...

    operators = Operators(
        rest,
        on_start=nothing,
        on_stop=nothing,
        ready=life.doing("ready", StorageUnavailable("no database")),
        metrics=lambda: b"",
    )
    scope = {"type": "http", "path": "/readyz", "method": "GET"}
    with pytest.raises(StorageUnavailable, match="no database"):
        await operators(scope, life.receive, life.send)
    assert life == ["ready"]
