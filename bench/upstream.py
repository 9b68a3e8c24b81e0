"""The provider of the benchmark: raw asyncio, fixed answers, a sink and a source of large bodies."""

import asyncio
import json
import ssl
import sys

import uvloop

CHUNK = b"x" * 65536


def page_of(size: int) -> bytes:
    """Return a JSON page of about `size` bytes."""
    rows: list[dict[str, object]] = []
    while len(json.dumps({"data": rows})) < size - 60:
        number = len(rows)
        rows.append(
            {"id": f"row{number:06d}", "name": f"Item {number}", "active": True, "n": number}
        )
    body = json.dumps({"data": rows}).encode()
    return body + b" " * max(0, size - len(body))


def users(count: int) -> bytes:
    """Return `count` users in MailerSend's shape."""
    roles = ("Admin", "Manager", "Designer", "Accountant", "Custom User")
    rows = [
        {
            "id": f"k{number:015d}",
            "avatar": f"https://www.gravatar.com/avatar/{number:032x}",
            "email": f"person{number}@example.com",
            "last_name": f"Last{number}",
            "name": f"First{number}",
            "2fa": number % 2 == 0,
            "created_at": "2024-05-01T10:00:00.000000Z",
            "updated_at": "2025-05-01T10:00:00.000000Z",
            "role": roles[number % 5],
            "permissions": ["read-email", "control-sendings"] if number % 5 == 4 else [],
            "domains": [
                {
                    "id": f"d{number:015d}",
                    "name": "example.com",
                    "created_at": "2024-05-01T10:00:00.000000Z",
                    "updated_at": "2024-05-01T10:00:00.000000Z",
                }
            ],
            "templates": [],
        }
        for number in range(count)
    ]
    return json.dumps({"data": rows}).encode()


def _answer(body: bytes) -> bytes:
    head = (
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
        f"content-length: {len(body)}\r\nx-apiquota-remaining: -1\r\n"
        "x-apiquota-reset: 2030-01-01T00:00:00Z\r\n\r\n"
    )
    return head.encode() + body


ANSWERS = {
    b"/v1/templates": _answer(page_of(3000)),
    b"/v1/users": _answer(users(25)),
    b"/v1/invites": _answer(
        b'{"data":[],"links":{"next":null},"meta":{"current_page":1,"last_page":1}}'
    ),
    b"/v1/api-quota": _answer(b'{"quota":-1,"remaining":-1,"reset":"2030-01-01T00:00:00Z"}'),
}
OTHER = _answer(b'{"data":[]}')


class Provider(asyncio.Protocol):
    """Answer requests with as little work as Python allows."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: asyncio.Transport = transport  # type: ignore[assignment]
        self.buffer = b""
        self.left = 0
        self.chunked = False
        self.writable = asyncio.Event()
        self.writable.set()

    def pause_writing(self) -> None:
        self.writable.clear()

    def resume_writing(self) -> None:
        self.writable.set()

    def data_received(self, data: bytes) -> None:
        if self.left:
            self.left -= len(data)
            if self.left <= 0:
                self.left = 0
                self.transport.write(OTHER)
            return
        self.buffer += data
        if self.chunked:
            if self.buffer.endswith(b"0\r\n\r\n"):
                self.chunked = False
                self.buffer = b""
                self.transport.write(OTHER)
            else:
                self.buffer = self.buffer[-8:]
            return
        while (end := self.buffer.find(b"\r\n\r\n")) >= 0:
            head, self.buffer = self.buffer[:end], self.buffer[end + 4 :]
            self.serve(head)
            if self.awaits_body():
                return

    def awaits_body(self) -> bool:
        return bool(self.left) or self.chunked

    def serve(self, head: bytes) -> None:
        line = head.split(b"\r\n", 1)[0].split(b" ")
        target = line[1].split(b"?", 1)[0]
        lower = head.lower()
        if target.startswith(b"/v1/down/"):
            count = int(target.rsplit(b"/", 1)[1])
            self.task = asyncio.get_running_loop().create_task(self.pour(count))
            return
        at = lower.find(b"\r\ncontent-length:")
        if at >= 0:
            length = int(lower[at + 17 :].split(b"\r\n", 1)[0])
            if length:
                self.left = length - len(self.buffer)
                self.buffer = b""
                if self.left <= 0:
                    self.left = 0
                    self.transport.write(OTHER)
                return
        if b"\r\ntransfer-encoding: chunked" in lower:
            self.chunked = True
            if self.buffer.endswith(b"0\r\n\r\n"):
                self.chunked = False
                self.buffer = b""
                self.transport.write(OTHER)
            return
        self.transport.write(ANSWERS.get(target, OTHER))

    async def pour(self, count: int) -> None:
        head = f"HTTP/1.1 200 OK\r\ncontent-type: application/octet-stream\r\ncontent-length: {count}\r\n\r\n"
        self.transport.write(head.encode())
        while count > 0:
            await self.writable.wait()
            piece = CHUNK[: min(count, len(CHUNK))]
            self.transport.write(piece)
            count -= len(piece)


async def main(port: int, *certificate: str) -> None:
    """Serve until killed, over TLS where the files of a certificate and its key are named."""
    loop = asyncio.get_running_loop()
    context = None
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
    server = await loop.create_server(Provider, "127.0.0.1", port, ssl=context)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1]), *sys.argv[2:]))
