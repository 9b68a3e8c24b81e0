"""What Python and uvloop take by themselves: bytes from one socket to another, and not a look at them."""

import asyncio
import sys

import uvloop

REQUEST = b"GET /v1/templates HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer bench\r\n\r\n"


class Caller(asyncio.Protocol):
    """Have the provider asked the same for whatever a caller sends."""

    idle: list["Provider"]
    provider_port: int

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: asyncio.Transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:  # noqa: ARG002 - not a look at it
        if self.idle:
            self.idle.pop().ask(self)
        else:
            self.dialing = asyncio.get_running_loop().create_task(self.dial())

    async def dial(self) -> None:
        loop = asyncio.get_running_loop()
        port = self.provider_port
        _, provider = await loop.create_connection(lambda: Provider(self.idle), "127.0.0.1", port)
        provider.ask(self)


class Provider(asyncio.Protocol):
    """Hand on what comes; an answer of 3 KB comes in one piece."""

    def __init__(self, idle: list["Provider"]) -> None:
        self.idle = idle

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: asyncio.Transport = transport  # type: ignore[assignment]

    def ask(self, caller: Caller) -> None:
        self.caller = caller
        self.transport.write(REQUEST)

    def data_received(self, data: bytes) -> None:
        self.idle.append(self)
        self.caller.transport.write(data)


async def main(port: int, provider_port: int) -> None:
    """Serve until killed."""
    Caller.idle, Caller.provider_port = [], provider_port
    server = await asyncio.get_running_loop().create_server(Caller, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1]), int(sys.argv[2])))
