"""Listening for SMTP beside the API, on the same event loop."""

from __future__ import annotations

import asyncio
import socket
import ssl

from waypost_sandbox.smtp.certificate import make_tls_context
from waypost_sandbox.smtp.door import Door, make_conversation
from waypost_sandbox.world.universe import Universe

# Clients wait for the server to speak: one that finds the queue full would wait for ever.
BACKLOG = 2_048


class SmtpServer:
    """Serve one universe over SMTP on a socket that is already bound."""

    def __init__(self, universe: Universe, listener: socket.socket) -> None:
        self._door = Door(universe)
        self._listener = listener
        self._server: asyncio.Server | None = None
        self._tls: ssl.SSLContext | None = None

    @property
    def host(self) -> str:
        """Return the address it listens on."""
        return str(self._listener.getsockname()[0])

    @property
    def port(self) -> int:
        """Return the port it listens on."""
        return int(self._listener.getsockname()[1])

    async def start(self) -> None:
        """Begin to listen."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            self._converse, sock=self._listener, backlog=BACKLOG
        )

    def _converse(self) -> asyncio.Protocol:
        # The certificate is made when it is first wanted, so that starting is quick.
        if self._tls is None:
            self._tls = make_tls_context(self.host)
        return make_conversation(self._door, self._tls, self.host)

    async def stop(self) -> None:
        """Listen no more."""
        if self._server is not None:
            self._server.close()
