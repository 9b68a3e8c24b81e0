"""A caller at a bare socket: sends exactly these bytes and keeps what comes back."""

import socket
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True)
class RawAnswer:
    """An answer as it stood on the wire; `body` is still in its transfer coding."""

    status: int
    pairs: list[tuple[str, str]]
    body: bytes

    def values(self, name: str) -> list[str]:
        return [value for key, value in self.pairs if key.lower() == name.lower()]

    def header(self, name: str) -> str | None:
        return next(iter(self.values(name)), None)

    @property
    def content(self) -> bytes:
        """Return the body with chunking undone."""
        if self.header("transfer-encoding") != "chunked":
            return self.body
        plain, rest = b"", self.body
        while rest:
            size, _, rest = rest.partition(b"\r\n")
            length = int(size, 16)
            plain, rest = plain + rest[:length], rest[length + 2 :]
        return plain


def connect(url: str, seconds: float = 20.0) -> socket.socket:
    """Open a connection to a server."""
    parts = urlsplit(url)
    assert parts.hostname
    return socket.create_connection((parts.hostname, parts.port or 80), timeout=seconds)


def request_bytes(verb: str, target: str, headers: dict[str, str], body: bytes = b"") -> bytes:
    """Spell a request; Content-Length is added for a body unless the headers say how it comes."""
    named = {name.lower() for name in headers}
    lines = [f"{verb} {target} HTTP/1.1"]
    given = {"Host": "waypost.test", "Connection": "close"} | headers
    if body and not named & {"content-length", "transfer-encoding"}:
        given["Content-Length"] = str(len(body))
    lines += [f"{name}: {value}" for name, value in given.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + body


def read_answer(raw: bytes) -> RawAnswer:
    """Take an answer apart."""
    head, _, body = raw.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    pairs = [(line.partition(":")[0], line.partition(":")[2].strip()) for line in lines]
    return RawAnswer(int(first.split(" ")[1]), pairs, body)


def exchange(url: str, request: bytes) -> RawAnswer:
    """Send bytes, read until the server closes."""
    with connect(url) as connection:
        connection.sendall(request)
        return read_answer(read_all(connection))


def read_all(connection: socket.socket) -> bytes:
    """Read until the other side closes."""
    collected = bytearray()
    while piece := connection.recv(65536):
        collected += piece
    return bytes(collected)


def read_until(connection: socket.socket, wanted: bytes) -> bytes:
    """Read until these bytes have come."""
    collected = bytearray()
    while wanted not in collected:
        piece = connection.recv(65536)
        if not piece:
            raise AssertionError(f"closed before {wanted!r}: {bytes(collected)!r}")
        collected += piece
    return bytes(collected)
