"""Answers and the two ways their JSON is written."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

JSON_TYPE = "application/json"


@dataclass(slots=True)
class Answer:
    """A status, headers and a finished body."""

    status: int
    body: bytes = b""
    content_type: str | None = JSON_TYPE
    headers: dict[str, str] = field(default_factory=dict)
    # The answer is still to be found by waiting for someone else; this one holds its place.
    pending: Callable[[], Awaitable[Answer]] | None = None

    def wire_headers(self) -> Iterable[tuple[bytes, bytes]]:
        """Yield the headers as bytes, length included where a body may stand."""
        # `server` says honestly who answers; the real one names its CDN.
        yield b"server", b"waypost-sandbox"
        yield b"cache-control", b"no-cache, private"
        if self.content_type is not None:
            yield b"content-type", self.content_type.encode("latin-1")
        if self.status not in (204, 304):
            yield b"content-length", str(len(self.body)).encode()
        for name, value in self.headers.items():
            yield name.encode("latin-1"), value.encode("latin-1")


class RefusalError(Exception):
    """Stop the request here; the answer is ready."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


def write_compact(payload: Any) -> bytes:
    """Write JSON as PHP does by default: no spaces, `/` escaped, ASCII only."""
    text = json.dumps(payload, separators=(",", ":"))
    # A slash can only stand inside strings, so a plain replacement is safe.
    return text.replace("/", "\\/").encode("ascii")


def write_pretty(payload: Any) -> bytes:
    """Write JSON as Laravel's exception handler does: four spaces, slashes bare."""
    return json.dumps(payload, indent=4).encode("ascii")


def answer_json(payload: Any, status: int = 200) -> Answer:
    """Answer with compact JSON."""
    return Answer(status, write_compact(payload))


def answer_data(data: Any, status: int = 200) -> Answer:
    """Answer with JSON under `data`."""
    return answer_json({"data": data}, status)


def answer_nothing(status: int = 204) -> Answer:
    """Answer with no body; a 204 carries no content type either."""
    content_type = None if status == 204 else "text/html; charset=UTF-8"
    return Answer(status, content_type=content_type)


def answer_message(status: int, message: str) -> Answer:
    """Answer with a pretty-printed message, as thrown HTTP exceptions are."""
    return Answer(status, write_pretty({"message": message}))
