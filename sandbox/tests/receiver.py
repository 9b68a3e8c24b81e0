"""A program on loopback that receives webhooks and answers as it is told."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Received:
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    def is_signed_with(self, secret: str) -> bool:
        digest = hmac.new(secret.encode(), self.body, hashlib.sha256).hexdigest()
        return self.headers.get("signature") == digest


@dataclass
class Receiver:
    url: str = ""
    received: list[Received] = field(default_factory=list)
    # What the next requests are answered with; an empty list answers 200.
    statuses: list[int] = field(default_factory=list)
    always: int | None = None
    hang: threading.Event | None = None

    def bodies(self, *, pings: bool = False) -> list[Any]:
        found = [each.json for each in self.received]
        return [each for each in found if pings or each["type"] != "webhook.test"]

    def types(self) -> list[str]:
        return [each["type"] for each in self.bodies()]

    def wait_for(self, count: int) -> list[Any]:
        """Wait for something that a running clock brings."""
        ending = time.monotonic() + 5
        while len(self.bodies()) < count and time.monotonic() < ending:
            time.sleep(0.01)
        return self.bodies()

    def answer(self, request: Received) -> int:
        self.received.append(request)
        if self.hang is not None:
            self.hang.wait(20)
        if self.statuses:
            return self.statuses.pop(0)
        return self.always or 200


def _make_handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            status = receiver.answer(Received(self.path, headers, body))
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            return

    return Handler


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: Any) -> None:
        return


@contextmanager
def run_receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    server = _Server(("127.0.0.1", 0), _make_handler(receiver))
    receiver.url = f"http://127.0.0.1:{server.server_address[1]}/hook"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield receiver
    finally:
        if receiver.hang is not None:
            receiver.hang.set()
        server.shutdown()
        server.server_close()
        thread.join()


MakeReceiver = Callable[[], Receiver]
