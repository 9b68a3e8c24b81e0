import asyncio
from collections.abc import AsyncIterator, MutableMapping
from typing import Any

import pytest

from waypost.base.asgi import (
    Answer,
    CallerLeft,
    PlainRequest,
    decode_json,
    encode_json,
    json_answer,
    send_answer,
)
from waypost.base.errors import InvalidRequest, PayloadTooLarge

Message = MutableMapping[str, Any]


def request(*chunks: bytes, left: bool = False, headers: Any = (), **scope: Any) -> PlainRequest:
    messages: list[Message] = [
        {"type": "http.request", "body": chunk, "more_body": left or place + 1 < len(chunks)}
        for place, chunk in enumerate(chunks)
    ]
    if left:
        messages.append({"type": "http.disconnect"})

    async def receive() -> Message:
        return messages.pop(0)

    base = {"method": "POST", "path": "/a b", "query_string": b"x=%20", "headers": list(headers)}
    return PlainRequest({**base, **scope}, receive)


async def sent_by(answer: Answer) -> list[Message]:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    await send_answer(answer, send)
    return sent


def test_request_shows_both_forms_of_its_path() -> None:
    plain = request(raw_path=b"/a%20b")
    assert (plain.method, plain.path, plain.raw_path) == ("POST", "/a b", "/a%20b")
    assert plain.query_string == "x=%20"
    assert request().raw_path == "/a b"


def test_first_header_of_a_name_counts() -> None:
    plain = request(headers=[(b"x-a", b"1"), (b"x-a", b"2")])
    assert plain.header(b"x-a") == "1"
    assert plain.header(b"x-b") is None


@pytest.mark.anyio
async def test_body_is_read_whole() -> None:
    assert await request(b"ab", b"", b"c").body(3) == b"abc"


@pytest.mark.anyio
@pytest.mark.parametrize("headers", [[], [(b"content-length", b"4")]])
async def test_body_past_the_limit_is_refused(headers: list[tuple[bytes, bytes]]) -> None:
    with pytest.raises(PayloadTooLarge, match="3 bytes"):
        await request(b"ab", b"cd", headers=headers).body(3)


@pytest.mark.anyio
async def test_caller_who_leaves_is_noticed() -> None:
    with pytest.raises(CallerLeft):
        await request(b"ab", left=True).body(10)


@pytest.mark.anyio
async def test_whole_answer_has_its_length() -> None:
    start, body = await sent_by(Answer(200, [(b"x-a", b"1")], b"abc"))
    assert start["headers"] == [(b"x-a", b"1"), (b"content-length", b"3")]
    assert body["body"] == b"abc"


@pytest.mark.anyio
async def test_no_content_has_no_length() -> None:
    start, _ = await sent_by(Answer(204))
    assert start["headers"] == []


@pytest.mark.anyio
async def test_stream_is_passed_on_chunk_by_chunk_and_finished() -> None:
    ended: list[object] = []

    async def chunks() -> AsyncIterator[bytes]:
        yield b"ab"
        yield b"c"

    async def finish(count: int, failure: BaseException | None) -> None:
        ended.append((count, failure))

    sent = await sent_by(Answer(200, stream=chunks(), on_finish=finish))
    assert [message.get("body") for message in sent] == [None, b"ab", b"c", b""]
    assert [message.get("more_body", False) for message in sent[1:]] == [True, True, False]
    assert ended == [(3, None)]


@pytest.mark.anyio
async def test_finish_runs_when_the_stream_breaks() -> None:
    ended: list[object] = []

    async def chunks() -> AsyncIterator[bytes]:
        yield b"ab"
        raise ConnectionError

    async def finish(count: int, failure: BaseException | None) -> None:
        ended.append((count, type(failure)))

    with pytest.raises(ConnectionError):
        await sent_by(Answer(200, stream=chunks(), on_finish=finish))
    assert ended == [(2, ConnectionError)]


class Server:
    """The messages of a server whose caller leaves when `leave` is set."""

    def __init__(self) -> None:
        self.leave = asyncio.Event()
        self.asked = 0
        self.sent: list[Message] = []

    async def receive(self) -> Message:
        self.asked += 1
        if self.asked == 1:
            return {"type": "http.request", "body": b"", "more_body": False}
        await self.leave.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        self.sent.append(message)

    def request(self, **headers: str) -> PlainRequest:
        pairs = [
            (name.encode().replace(b"_", b"-"), text.encode()) for name, text in headers.items()
        ]
        return PlainRequest({"method": "GET", "headers": pairs}, self.receive)


@pytest.mark.anyio
async def test_stream_ends_when_its_caller_leaves() -> None:
    server = Server()
    ended: list[object] = []

    async def chunks() -> AsyncIterator[bytes]:
        yield b"ab"
        server.leave.set()
        await asyncio.sleep(10)
        yield b"never"

    async def finish(count: int, failure: BaseException | None) -> None:
        await asyncio.sleep(0)  # the cancellation was ours: cleaning up goes on undisturbed
        ended.append((count, type(failure)))

    answer = Answer(200, stream=chunks(), on_finish=finish)
    with pytest.raises(CallerLeft):
        await send_answer(answer, server.send, server.request())
    assert ended == [(2, CallerLeft)]
    assert [message["type"] for message in server.sent][-1] == "http.response.body"
    assert server.sent[-1]["more_body"] is True


@pytest.mark.anyio
async def test_cancellation_by_others_stays_one() -> None:
    server = Server()

    async def chunks() -> AsyncIterator[bytes]:
        yield b"ab"
        await asyncio.sleep(10)

    sending = asyncio.create_task(
        send_answer(Answer(200, stream=chunks()), server.send, server.request())
    )
    await asyncio.sleep(0.01)
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("declared", "headers", "asked"),
    [
        (b"2", {}, 0),  # one chunk, whole: nobody waits for more
        (b"4", {}, 1),
        (b"4", {"content_length": "9"}, 0),  # its body is still being read: that one notices
        (b"4", {"content_length": "0"}, 1),
    ],
)
async def test_only_an_answer_that_goes_on_is_watched(
    declared: bytes, headers: dict[str, str], asked: int
) -> None:
    server = Server()

    async def chunks() -> AsyncIterator[bytes]:
        yield b"ab"
        await asyncio.sleep(0.01)
        if declared == b"4":
            yield b"cd"

    answer = Answer(200, [(b"content-length", declared)], stream=chunks())
    await send_answer(answer, server.send, server.request(**headers))
    assert min(server.asked, 1) == asked
    assert server.sent[-1] == {"type": "http.response.body", "body": b""}


def test_json_answer_takes_headers_in_both_forms() -> None:
    assert json_answer(200, {}, {"x-a": "1"}).headers[-1] == (b"x-a", b"1")
    assert json_answer(200, {}, [(b"x-a", b"1")]).headers[-1] == (b"x-a", b"1")


@pytest.mark.parametrize("value", [{"a": 2**80, "ü": None}, [1, 2.5, "x"], 2**63])
def test_json_survives_the_round_trip(value: Any) -> None:
    assert decode_json(encode_json(value)) == value


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"a": 1,\n "b" 2}', "line 2, column 6"),
        (b"\xff\xfe\xff", "not valid UTF-8"),
        (b"[" * 100_000, "nested too deeply"),
        (b"[" * 1000 + b"1" * 19 + b"]" * 1000, "nested too deeply"),
        (b'{"a": NaN}', "not valid JSON"),
        (b'"\\ud800"', "not valid JSON"),
        (b"1" * 5000, "not valid JSON"),
    ],
)
def test_wrong_json_says_what_is_wrong(body: bytes, said: str) -> None:
    with pytest.raises(InvalidRequest, match=said):
        decode_json(body, "filter")
