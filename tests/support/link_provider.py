"""A provider on loopback for tests of linking: the bearer token says how it behaves."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

GOOD = {
    "/v1/domains": {"data": [{"name": "mail.example.com"}, {"name": "<b>news</b>.example.com"}]},
    "/v1/people": {"data": [{"name": "Ada"}]},
}


class LinkProvider:
    """What a test sees: the address, the calls received, and a gate for tokens that wait."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str]] = []
        self.gate = threading.Event()
        self.accepted: set[str] = set()
        """More tokens that are good, such as those of an authorization server."""


class _Handler(BaseHTTPRequestHandler):
    world: LinkProvider
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        token = (self.headers.get("authorization") or "").removeprefix("Bearer ")
        path = self.path.partition("?")[0]
        self.world.calls.append((path, token))
        kind = token.partition("-")[0]
        if token in self.world.accepted:
            kind = "good"
        if kind == "waits":
            self.world.gate.wait(20)
            kind = "good"
        if kind == "drops":
            self.close_connection = True
            return
        self._send(*self._answer(kind, path, token))

    def _answer(self, kind: str, path: str, token: str) -> tuple[int, Any, dict[str, str]]:
        if kind == "good":
            return 200, GOOD[path], {}
        if kind == "partly":
            forbidden = path == "/v1/people"
            return (
                (403, {"message": f"{token} lacks people_read"}, {})
                if forbidden
                else (200, GOOD[path], {})
            )
        if kind == "nothing":
            return 403, {"message": "Not allowed."}, {}
        if kind == "html":
            return 200, "<html>It works!</html>", {"content-type": "text/html"}
        if kind == "broken":
            return 500, "<html>Oops</html>", {"content-type": "text/html"}
        if kind == "busy":
            return 429, {"message": "Slow down."}, {"retry-after": "120"}
        return 401, {"message": f"Unknown key {token}."}, {}

    def _send(self, status: int, body: Any, headers: dict[str, str]) -> None:
        raw = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in ({"content-type": "application/json"} | headers).items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *_: Any) -> None:
        return None


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: Any) -> None:
        """A caller that gave up is no error of ours."""


@contextmanager
def serve_provider() -> Iterator[tuple[str, LinkProvider]]:
    """Give the base URL and the provider while it runs."""
    world = LinkProvider()
    handler = type("Handler", (_Handler,), {"world": world})
    server = _Server(("127.0.0.1", 0), handler)
    thread = threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
    )
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1", world
    finally:
        world.gate.set()
        server.shutdown()
        server.server_close()
        thread.join()
