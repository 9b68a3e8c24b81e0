"""The process: a socket, a start line, and a quick end."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sys
from typing import TYPE_CHECKING

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from waypost_sandbox.app import Sandbox
from waypost_sandbox.smtp.server import SmtpServer
from waypost_sandbox.world.universe import Universe

if TYPE_CHECKING:
    from waypost_sandbox.state_file import StateFile


class _DroppableProtocol(HttpToolsProtocol):
    """Show the application its transport, so that a fault can really cut the connection."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        extensions = {"waypost.transport": self.transport}
        self.scope["extensions"] = extensions  # type: ignore[typeddict-item]


class _Server(uvicorn.Server):
    """Announce itself once it really listens, and turn the wheels behind it."""

    announcement = ""

    def __init__(self, config: uvicorn.Config, sandbox: Sandbox, smtp: SmtpServer | None) -> None:
        super().__init__(config)
        self.sandbox = sandbox
        self.smtp = smtp

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self.smtp is not None:
            await self.smtp.start()
        self.sandbox.timer.start()
        if self.announcement:
            sys.stdout.write(self.announcement)
            sys.stdout.flush()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        if self.smtp is not None:
            await self.smtp.stop()
        await super().shutdown(sockets=sockets)
        await self.sandbox.timer.stop()


def bind_socket(host: str, port: int) -> socket.socket:
    """Bind the listening socket; port 0 lets the system choose."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    return listener


def make_server(
    universe: Universe,
    announcement: str = "",
    smtp: SmtpServer | None = None,
    state: StateFile | None = None,
) -> uvicorn.Server:
    """Make a server for the universe; it is quiet but for its start line."""
    sandbox = Sandbox(universe, state)
    config = uvicorn.Config(
        sandbox,
        http=_DroppableProtocol,
        ws="none",
        lifespan="off",
        log_level="warning",
        access_log=False,
        server_header=False,
        # Longer than clients keep idle connections, so that none is cut under a request.
        timeout_keep_alive=120,
        timeout_graceful_shutdown=1,
    )
    server = _Server(config, sandbox, smtp)
    server.announcement = announcement
    return server


def run_server(
    universe: Universe,
    listener: socket.socket,
    *,
    mail: socket.socket | None = None,
    public_url: str | None = None,
    state: StateFile | None = None,
) -> None:
    """Serve the API, and mail where there is a socket for it, until a signal ends it."""
    _allow_many_connections()
    root = f"http://{_show_address(listener)}"
    universe.move_to(public_url or root)
    smtp = SmtpServer(universe, mail) if mail is not None else None
    universe.smtp = (smtp.host, smtp.port) if smtp else None
    shown_mail = f"smtp {_show_address(mail)}" if mail is not None else "no smtp"
    announcement = (
        f"waypost-sandbox is ready: API {root}/v1/  control {root}/_sandbox  {shown_mail}  "
        f"api token {universe.first.first_full_secret()}\n"
    )
    server = make_server(universe, announcement, smtp, state)
    # uvicorn raises the signal again after its shutdown; Ctrl-C is a normal end here.
    with contextlib.suppress(KeyboardInterrupt), asyncio.Runner(loop_factory=_choose_loop()) as run:
        run.run(server.serve(sockets=[listener]))


def _allow_many_connections() -> None:
    """Take as many open files as the system allows; the usual 1,024 are few for a server."""
    try:
        import resource  # noqa: PLC0415 - not there on every system
    except ImportError:
        return
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _show_address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _choose_loop() -> type[asyncio.AbstractEventLoop] | None:
    try:
        import uvloop  # noqa: PLC0415 - optional, and not there on every system
    except ImportError:
        return None
    return uvloop.Loop
