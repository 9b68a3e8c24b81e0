"""A customer's endpoint: keeps what it receives, answers as it is told."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Received:
    """One delivery as it arrived; header names are lower-case."""

    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Endpoint:
    """What a test sees of the endpoint; `answers` are used up in order, then it answers 200."""

    url: str
    answers: list[int] = field(default_factory=list)
    received: list[Received] = field(default_factory=list)
    hangs: threading.Event | None = None
    arrived: threading.Condition = field(default_factory=threading.Condition)

    def wait_for(self, count: int, seconds: float = 30.0) -> list[Received]:
        """Return what came in, once it is so many."""
        with self.arrived:
            assert self.arrived.wait_for(lambda: len(self.received) >= count, seconds), (
                f"{len(self.received)} of {count} deliveries came in"
            )
            return list(self.received)

    def take(self, delivery: Received) -> int:
        with self.arrived:
            self.received.append(delivery)
            self.arrived.notify_all()
            return self.answers.pop(0) if self.answers else 200


@contextmanager
def endpoint() -> Iterator[Endpoint]:
    """Serve an endpoint on loopback."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            status = here.take(Received(headers, body))
            if here.hangs is not None:
                here.hangs.wait()
            self.send_response(status)
            if status in (301, 302, 307):
                self.send_header("location", f"{here.url}/elsewhere")
            self.send_header("content-length", "2")
            self.end_headers()
            with suppress(OSError):  # whoever delivers may have been killed meanwhile
                self.wfile.write(b"ok")

        def log_message(self, *_args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    here = Endpoint(f"http://127.0.0.1:{server.server_address[1]}/hooks")
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield here
    finally:
        if here.hangs is not None:
            here.hangs.set()
        server.shutdown()
        server.server_close()
        thread.join()
