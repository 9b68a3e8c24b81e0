"""Requests and answers of the data plane, without a web framework."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any

import msgspec
import orjson
from msgspec import Struct

from waypost.base.errors import InvalidRequest, PayloadTooLarge
from waypost.base.json_bounds import TOO_MANY, is_crowded

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
HeaderPairs = list[tuple[bytes, bytes]]

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_LONG_DIGITS = re.compile(rb"\d{19}")
_LARGE = 64 * 1024
BARE_QUERY = "waypost.bare_query"
"""Stands in the scope of a request whose target ends with a question mark: ASGI has no word for it."""
AT_ONCE = "waypost.at_once"
"""Stands in the scope of a server that can write a whole answer: status, headers, body → done."""
JSON_TYPE = (b"content-type", b"application/json")


class CallerLeft(Exception):
    """The caller closed the connection."""


class PlainRequest(Struct):
    """One HTTP request; `path` is percent-decoded, `raw_path` is not, both without a query."""

    scope: Scope
    receive: Receive
    is_read: bool = False
    _first: dict[bytes, bytes] | None = None

    @property
    def has_body(self) -> bool:
        """Say whether a body comes with the request; an empty one is none."""
        length = self.header(b"content-length")
        return length not in (None, "0") or self.header(b"transfer-encoding") is not None

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
    def query_part(self) -> str:
        """Return the query after its question mark, which may stand alone; "" without either."""
        query = self.query_string
        return f"?{query}" if query or BARE_QUERY in self.scope else ""

    @property
    def headers(self) -> HeaderPairs:
        return list(self.scope["headers"])

    def header(self, name: bytes) -> str | None:
        """Return the first value of a header, by lower-case name."""
        first = self._first
        if first is None:
            first = self._first = dict(reversed(self.scope["headers"]))
        value = first.get(name)
        return None if value is None else value.decode("latin-1")

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
                self.is_read = True
                return

    def refuse_longer(self, limit: int) -> None:
        """Raise PayloadTooLarge for a body that says itself that it is longer, before any of it came."""
        length = self.header(b"content-length")
        if length is not None and length.isdigit() and int(length) > limit:
            raise PayloadTooLarge(f"The body is larger than {limit} bytes.")

    async def body(self, limit: int) -> bytes:
        """Read the whole body; raise PayloadTooLarge past `limit` bytes."""
        self.refuse_longer(limit)
        return b"".join([chunk async for chunk in self.chunks(limit)])


class Answer(Struct):
    """What goes back: whole bytes or a stream; `on_finish` always runs, with the bytes sent."""

    status: int
    headers: HeaderPairs = []
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
        return orjson.dumps(value)
    except TypeError:
        return _encode_exactly(value)


def _encode_exactly(value: Any) -> bytes:
    try:
        return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS)
    except TypeError:
        return json.dumps(value, separators=(",", ":")).encode()


def decode_json(body: bytes, what: str = "body") -> Any:
    """Parse JSON whatever the content type says; raise InvalidRequest with the place of the fault.

    Published clients send JSON as text/plain, and integers past 64 bits must not lose digits.
    Raises PayloadTooLarge for more values than can be parsed at once.
    """
    body = body.removeprefix(_BYTE_ORDER_MARK)
    if is_crowded(body):
        raise PayloadTooLarge(f"The {what} {TOO_MANY}.")
    try:
        value = orjson.loads(body)
        # orjson reads integers past 64 bits as floats, and decides what is JSON.
        if (
            len(body) > _LARGE
        ):  # an attachment: to search it takes four times as long as to parse it
            return msgspec.json.decode(body)
        return json.loads(body) if _LONG_DIGITS.search(body) else value
    except json.JSONDecodeError as error:
        said = _fault(body, error)
    except RecursionError:
        said = "it is nested too deeply"
    raise InvalidRequest(f"The {what} is not valid JSON: {said}.")


def _fault(body: bytes, error: json.JSONDecodeError) -> str:
    try:
        body.decode()
    except UnicodeDecodeError:
        return "it is not valid UTF-8"
    if error.msg.startswith("depth"):
        return "it is nested too deeply"
    return f"{error.msg} at line {error.lineno}, column {error.colno}"


async def send_answer(answer: Answer, send: Send, request: PlainRequest | None = None) -> None:
    """Put an answer on the wire, streaming with the server's back-pressure.

    With `request`, a stream ends as soon as its caller leaves; then `CallerLeft` is raised.
    """
    sent = _Sent()
    failure: BaseException | None = None
    try:
        if answer.stream is None:
            await _send_whole(answer, send, sent)
        else:
            await _send_stream(answer, answer.stream, send, request, sent)
    except BaseException as error:
        failure = error
        raise
    finally:
        if answer.on_finish is not None:
            await answer.on_finish(sent.bytes, failure)


@dataclass(slots=True)
class _Sent:
    bytes: int = 0


async def _send_whole(answer: Answer, send: Send, sent: _Sent) -> None:
    start, body = whole_messages(answer)
    await send(start)
    await send(body)
    sent.bytes = len(answer.body)


def whole_messages(answer: Answer) -> tuple[Scope, Scope]:
    """Return an answer that is no stream as the two messages a server takes."""
    headers = answer.headers
    if answer.status != 204 and b"content-length" not in dict(headers):
        headers = [*headers, (b"content-length", b"%d" % len(answer.body))]
    return (
        {"type": "http.response.start", "status": answer.status, "headers": headers},
        {"type": "http.response.body", "body": answer.body},
    )


async def _send_stream(
    answer: Answer,
    stream: AsyncIterator[bytes],
    send: Send,
    request: PlainRequest | None,
    sent: _Sent,
) -> None:
    declared = next((int(value) for name, value in answer.headers if name == b"content-length"), -1)
    await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
    watch: _CallerWatch | None = None
    try:
        async for chunk in stream:
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
            sent.bytes += len(chunk)
            # An answer of one chunk, the usual one, is not worth a watch.
            if watch is None and sent.bytes != declared:
                watch = _watch(request)
        if watch is not None:
            watch.stop()  # the end of the answer looks like the caller's leaving
        await send({"type": "http.response.body", "body": b""})
    except asyncio.CancelledError:
        if watch is None or not watch.left:
            raise
        watch.forgive()
        raise CallerLeft from None
    finally:
        if watch is not None:
            watch.stop()


class _CallerWatch:
    """Cancel the task that streams an answer as soon as its caller leaves."""

    def __init__(self, receive: Receive, streaming: asyncio.Task[Any]) -> None:
        self.left = False
        self._receive = receive
        self._streaming = streaming
        self._waiting = asyncio.create_task(self._wait())  # noqa: TID251 - `stop` ends it

    async def _wait(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self.left = True
        self._streaming.cancel()

    def stop(self) -> None:
        self._waiting.cancel()

    def forgive(self) -> None:
        """Take the cancellation back: it was ours."""
        self._streaming.uncancel()


def _watch(request: PlainRequest | None) -> _CallerWatch | None:
    # While the body is still being forwarded, its reader is the one who notices.
    if request is None or (request.has_body and not request.is_read):
        return None
    streaming = asyncio.current_task()
    return None if streaming is None else _CallerWatch(request.receive, streaming)
