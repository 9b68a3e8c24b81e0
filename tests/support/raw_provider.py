"""A provider at a bare socket: what it received is kept byte for byte, what it answers is written so."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

_END = b"\r\n\r\n"


@dataclass
class Exchange:
    """One request and the open connection to answer it on."""

    connection: socket.socket
    head: bytes
    rest: bytes = b""
    body: bytes = b""
    closing: bool = False

    @property
    def verb(self) -> str:
        return self.head.split(b" ", 1)[0].decode("latin-1")

    @property
    def target(self) -> str:
        """Return the request target exactly as it stood on the request line."""
        return self.head.split(b" ", 2)[1].decode("latin-1")

    @property
    def headers(self) -> list[tuple[str, str]]:
        lines = self.head.split(b"\r\n")[1:]
        pairs = (line.split(b":", 1) for line in lines if line)
        return [(name.decode("latin-1"), value.strip().decode("latin-1")) for name, value in pairs]

    def header(self, name: str) -> str | None:
        found = (value for key, value in self.headers if key.lower() == name.lower())
        return next(found, None)

    def receive(self, size: int = 65536) -> bytes:
        """Take what has arrived of the body as it stands on the wire, b"" at the end."""
        if self.rest:
            taken, self.rest = self.rest[:size], self.rest[size:]
            return taken
        return self.connection.recv(size)

    def read_body(self) -> bytes:
        """Read the body by its length or its chunks."""
        if (self.header("transfer-encoding") or "").lower() == "chunked":
            self.body = self._read_chunks()
        else:
            wanted = int(self.header("content-length") or 0)
            self.body = self._read_exactly(wanted)
        return self.body

    def _read_exactly(self, size: int) -> bytes:
        collected = b""
        while len(collected) < size:
            piece = self.receive(min(65536, size - len(collected)))
            if not piece:
                raise ConnectionError("the body broke off")
            collected += piece
        return collected

    def _read_line(self) -> bytes:
        line = b""
        while not line.endswith(b"\r\n"):
            line += self._read_exactly(1)
        return line[:-2]

    def _read_chunks(self) -> bytes:
        body = b""
        while size := int(self._read_line().split(b";")[0], 16):
            body += self._read_exactly(size)
            self._read_line()
        while self._read_line():
            pass
        return body

    def send(self, raw: bytes) -> None:
        """Write bytes as they are."""
        self.connection.sendall(raw)

    def answer(
        self, status: int = 200, body: Any = b"", headers: dict[str, str] | None = None
    ) -> None:
        """Write an ordinary answer; anything but bytes goes out as JSON."""
        given = {"Content-Type": "application/json"} if not isinstance(body, bytes) else {}
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        given |= {"Content-Length": str(len(raw))} | (headers or {})
        lines = "".join(f"{name}: {value}\r\n" for name, value in given.items())
        head = f"HTTP/1.1 {status} Some Reason\r\n{lines}\r\n".encode("latin-1")
        self.send(head if self.verb == "HEAD" else head + raw)

    def close(self) -> None:
        """Drop the connection without another word."""
        self.closing = True
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def caller_left(self, seconds: float = 5.0) -> bool:
        """Say whether the other side closed within so many seconds."""
        self.connection.settimeout(seconds)
        try:
            while self.connection.recv(65536):
                pass
        except TimeoutError:
            return False
        except OSError:
            pass
        self.closing = True
        return True


Behaviour = Callable[[Exchange], object]


def answering(status: int = 200, body: Any = b"", **headers: str) -> Behaviour:
    """Return a behaviour that reads the body and answers; underscores in names become hyphens."""

    def behave(exchange: Exchange) -> None:
        exchange.read_body()
        exchange.answer(
            status, body, {name.replace("_", "-"): value for name, value in headers.items()}
        )

    return behave


def writing(raw: bytes, *, close: bool = False) -> Behaviour:
    """Return a behaviour that reads the body and writes raw bytes."""

    def behave(exchange: Exchange) -> None:
        exchange.read_body()
        exchange.send(raw)
        if close:
            exchange.close()

    return behave


def in_turn(*behaviours: Behaviour) -> Behaviour:
    """Return a behaviour that is another one for each request; the last one stays."""
    waiting = list(behaviours)

    def behave(exchange: Exchange) -> None:
        (waiting.pop(0) if len(waiting) > 1 else waiting[0])(exchange)

    return behave


@dataclass
class RawProvider:
    """What a test sees of it: where it is, how it behaves next, and what it received."""

    url: str
    behaviour: Behaviour = field(default_factory=lambda: answering(200, {"data": []}))
    routes: dict[str, Behaviour] = field(default_factory=dict)
    received: list[Exchange] = field(default_factory=list)
    failures: list[BaseException] = field(default_factory=list)
    connections: int = 0

    def behave(self, behaviour: Behaviour) -> None:
        """Answer every further request so."""
        self.behaviour = behaviour

    def route(self, verb: str, path: str, status: int, body: Any, **headers: str) -> None:
        """Answer one verb and path (without its query) so."""
        self.routes[f"{verb} {path}"] = answering(status, body, **headers)

    def reset(self) -> None:
        """Forget everything."""
        self.behaviour = answering(200, {"data": []})
        self.routes.clear()
        self.received.clear()
        self.failures.clear()

    @property
    def last(self) -> Exchange:
        return self.received[-1]


def _serve_connection(provider: RawProvider, connection: socket.socket) -> None:
    provider.connections += 1
    buffered = b""
    try:
        while True:
            while _END not in buffered:
                piece = connection.recv(65536)
                if not piece:
                    return
                buffered += piece
            head, _, buffered = buffered.partition(_END)
            exchange = Exchange(connection, head, buffered)
            provider.received.append(exchange)
            path = exchange.target.partition("?")[0]
            behaviour = provider.routes.get(f"{exchange.verb} {path}", provider.behaviour)
            behaviour(exchange)
            if exchange.closing:
                return
            buffered = exchange.rest
    except (ConnectionError, BrokenPipeError, TimeoutError):
        return
    except Exception as error:  # the test sees it
        provider.failures.append(error)
    finally:
        connection.close()


@contextmanager
def raw_provider() -> Iterator[RawProvider]:
    """Give a provider while it runs."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        provider = RawProvider(f"http://127.0.0.1:{listener.getsockname()[1]}/v1")

        def accept() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    arguments = (provider, connection)
                    threading.Thread(target=_serve_connection, args=arguments, daemon=True).start()

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        try:
            yield provider
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(5)
