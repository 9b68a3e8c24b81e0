"""Requests and answers of the data plane, without a web framework."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from waypost.base.errors import InvalidRequest, PayloadTooLarge

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
HeaderPairs = list[tuple[bytes, bytes]]

JSON_TYPE = (b"content-type", b"application/json")


class CallerLeft(Exception):
    """The caller closed the connection."""


@dataclass(slots=True)
class PlainRequest:
    """One HTTP request; `path` is percent-decoded, `raw_path` is not, both without a query."""

    scope: Scope
    receive: Receive

    @property
    def method(self) -> str:
        return str(self.scope["method"])

    @property
    def path(self) -> str:
        return str(self.scope["path"])

    @property
    def raw_path(self) -> str:
        raw: bytes = self.scope.get("raw_path") or self.scope["path"].encode()
        return raw.decode("latin-1")

    @property
    def query_string(self) -> str:
        return bytes(self.scope["query_string"]).decode("latin-1")

    @property
    def headers(self) -> HeaderPairs:
        return list(self.scope["headers"])

    def header(self, name: bytes) -> str | None:
        """Return the first value of a header, by lower-case name."""
        for key, value in self.scope["headers"]:
            if key == name:
                return bytes(value).decode("latin-1")
        return None

    async def chunks(self, limit: int) -> AsyncIterator[bytes]:
        """Yield the body as it arrives; raise PayloadTooLarge past `limit` bytes."""
        seen = 0
        while True:
            message = await self.receive()
            if message["type"] == "http.disconnect":
                raise CallerLeft
            chunk = message.get("body", b"")
            seen += len(chunk)
            if seen > limit:
                raise PayloadTooLarge(f"The body is larger than {limit} bytes.")
            if chunk:
                yield chunk
            if not message.get("more_body", False):
                return

    async def body(self, limit: int) -> bytes:
        """Read the whole body."""
        length = self.header(b"content-length")
        if length is not None and length.isdigit() and int(length) > limit:
            raise PayloadTooLarge(f"The body is larger than {limit} bytes.")
        return b"".join([chunk async for chunk in self.chunks(limit)])


@dataclass(slots=True)
class Answer:
    """What goes back: whole bytes or a stream; `on_finish` always runs, with the bytes sent."""

    status: int
    headers: HeaderPairs = field(default_factory=list)
    body: bytes = b""
    stream: AsyncIterator[bytes] | None = None
    on_finish: Callable[[int, BaseException | None], Awaitable[None]] | None = None


def json_answer(
    status: int, value: Any, headers: Mapping[str, str] | HeaderPairs | None = None
) -> Answer:
    """Return `value` as JSON."""
    pairs: HeaderPairs = [JSON_TYPE]
    if isinstance(headers, list):
        pairs += headers
    elif headers:
        pairs += [(key.encode(), text.encode("latin-1")) for key, text in headers.items()]
    return Answer(status, pairs, encode_json(value))


def encode_json(value: Any) -> bytes:
    """Encode JSON; integers past 64 bits survive (by the standard library's encoder)."""
    try:
        return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS)
    except TypeError:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def decode_json(body: bytes, what: str = "body") -> Any:
    """Parse JSON whatever the content type says; raise InvalidRequest with the place of the fault.

    Published clients send JSON as text/plain, and integers past 64 bits must not lose digits.
    """

    try:
        return json.loads(body)
    except UnicodeDecodeError:
        raise InvalidRequest(f"The {what} is not valid UTF-8.") from None
    except json.JSONDecodeError as error:
        raise InvalidRequest(
            f"The {what} is not valid JSON: {error.msg} at line {error.lineno}, column {error.colno}."
        ) from None
    except RecursionError:
        raise InvalidRequest(f"The {what} is nested too deeply.") from None


async def send_answer(answer: Answer, send: Send) -> None:
    """Put an answer on the wire, streaming with the server's back-pressure."""
    sent = 0
    failure: BaseException | None = None
    try:
        if answer.stream is None:
            headers = answer.headers
            if not any(name == b"content-length" for name, _ in headers) and answer.status != 204:
                headers = [*headers, (b"content-length", str(len(answer.body)).encode())]
            await send({"type": "http.response.start", "status": answer.status, "headers": headers})
            await send({"type": "http.response.body", "body": answer.body})
            sent = len(answer.body)
            return
        await send(
            {"type": "http.response.start", "status": answer.status, "headers": answer.headers}
        )
        async for chunk in answer.stream:
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
            sent += len(chunk)
        await send({"type": "http.response.body", "body": b""})
    except BaseException as error:
        failure = error
        raise
    finally:
        if answer.on_finish is not None:
            await answer.on_finish(sent, failure)
