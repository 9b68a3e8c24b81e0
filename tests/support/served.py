"""A real platform behind a real socket, in a thread of its own: uvicorn as `waypost serve` runs it."""

import asyncio
import socket
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import uvicorn
import uvloop
from tests.support.databases import own_url
from tests.support.valkey import own_redis_url

from waypost.adapters.fast_http.client import FastClient
from waypost.base.settings import read_settings
from waypost.engine.transport import Transport
from waypost.entrypoints.serve import speak

if TYPE_CHECKING:
    from waypost.entrypoints.wiring import Platform
    from waypost.kernel.kernel import Kernel

T = TypeVar("T")


@dataclass
class Served:
    """A running platform; `run` does something inside its event loop."""

    platform: "Platform"
    url: str
    loop: asyncio.AbstractEventLoop
    data_dir: Path

    @property
    def kernel(self) -> "Kernel":
        return self.platform.kernel

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(30)

    @property
    def operator_token(self) -> str:
        return (self.data_dir / "operator-token").read_text().strip()

    @property
    def clock_file(self) -> Path:
        return self.data_dir / "clock"

    def busy_connections(self) -> int:
        """Count connections to providers that are in use right now."""
        transport = self.kernel.transport
        if isinstance(transport, FastClient):
            return transport.pool.busy
        opened = transport._opened  # type: ignore[attr-defined]
        return 0 if opened is None else len(opened[0].connector._acquired)


@contextmanager
def served(
    data_dir: Path, *, transport: Transport | None = None, is_public: bool = False, **settings: Any
) -> Iterator[Served]:
    """Serve a platform with these settings; loopback is allowed and the clock can be turned.

    A public one is told its own address, as providers reach it.
    """
    given: dict[str, Any] = {
        "data_dir": data_dir,
        "allow_addresses": ("127.0.0.0/8",),
        "test_clock": data_dir / "clock",
        # DBOS keeps one instance for each process, and a test process has many platforms.
        "run_jobs": False,
        "database_url": own_url(data_dir),
        "redis_url": own_redis_url(data_dir),
        **settings,
    }
    with socket.create_server(("127.0.0.1", 0)) as listener:
        if is_public:
            given["public_url"] = f"http://127.0.0.1:{listener.getsockname()[1]}"
        yield from _serving(listener, given, transport, data_dir)


def _serving(
    listener: socket.socket, given: dict[str, Any], transport: Transport | None, data_dir: Path
) -> Iterator[Served]:
    ready = threading.Event()
    found: list[Any] = []

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets=sockets)
            ready.set()

    async def serve() -> None:
        # Every test imports this file; only those that serve a platform need all of it.
        from waypost.entrypoints.wiring import build_platform

        platform = build_platform(read_settings(**given), transport=transport)
        config = uvicorn.Config(
            platform.application,
            http=speak,  # type: ignore[arg-type]
            ws="none",
            server_header=False,
            date_header=False,
            proxy_headers=False,
            access_log=False,
            log_config=None,
            timeout_graceful_shutdown=2,
        )
        server = Server(config)
        found.extend([platform, server, asyncio.get_running_loop()])
        await server.serve(sockets=[listener])

    def run() -> None:
        try:
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                runner.run(serve())
        finally:
            ready.set()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    ready.wait(30)
    assert len(found) == 3, "the platform did not start"
    platform, server, loop = found
    assert server.started, "the platform did not start"
    try:
        port = listener.getsockname()[1]
        yield Served(platform, f"http://127.0.0.1:{port}", loop, data_dir)
    finally:
        server.should_exit = True
        thread.join(20)
