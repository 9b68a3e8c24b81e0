"""Built once, in a thread, by whoever asks first; a failure is raised and not remembered."""

import asyncio
import threading
from typing import Any

import pytest

from waypost.entrypoints.http.late import ASGIApp, Late

pytestmark = pytest.mark.anyio


class Builder:
    """Builds what notes every scope; the first `failures` times it fails."""

    def __init__(self, failures: int = 0) -> None:
        self.threads: list[str] = []
        self.seen: list[Any] = []
        self.begun = threading.Event()
        self.may_end = threading.Event()
        self.may_end.set()
        self._failures = failures

    def __call__(self) -> ASGIApp:
        self.threads.append(threading.current_thread().name)
        self.begun.set()
        assert self.may_end.wait(10)
        if len(self.threads) <= self._failures:
            raise ImportError("no framework")

        async def app(scope: Any, _receive: Any, _send: Any) -> None:
            self.seen.append(scope["path"])

        return app


async def ask(late: Late, path: str) -> None:
    async def receive() -> dict[str, Any]:
        return {}

    async def send(_: Any) -> None: ...

    await late({"type": "http", "path": path}, receive, send)


async def test_nothing_is_built_before_somebody_asks() -> None:
    builder = Builder()
    late = Late(builder)
    assert builder.threads == []
    await ask(late, "/a")
    await ask(late, "/b")
    assert builder.seen == ["/a", "/b"]
    assert len(builder.threads) == 1
    assert builder.threads[0] != threading.main_thread().name


async def test_first_requests_share_one_build_and_the_loop_goes_on() -> None:
    builder = Builder()
    builder.may_end.clear()
    late = Late(builder)
    asking = [asyncio.create_task(ask(late, f"/{number}")) for number in range(5)]
    assert await asyncio.to_thread(builder.begun.wait, 10)  # so the loop goes on beside it
    assert builder.seen == []
    builder.may_end.set()
    await asyncio.gather(*asking)
    assert sorted(builder.seen) == ["/0", "/1", "/2", "/3", "/4"]
    assert len(builder.threads) == 1


async def test_a_failure_is_raised_and_the_next_one_tries_again() -> None:
    builder = Builder(failures=1)
    late = Late(builder)
    with pytest.raises(ImportError, match="no framework"):
        await ask(late, "/a")
    await ask(late, "/b")
    assert builder.seen == ["/b"]
    assert len(builder.threads) == 2
