"""What is read without the parser is read as the parser reads it, and everything else is left to it."""

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from waypost.adapters.fast_http import whole
from waypost.adapters.fast_http.connection import Connection
from waypost.adapters.fast_http.together import Together
from waypost.adapters.fast_http.whole import MOST_HEADERS, MOST_LINES, read_whole
from waypost.engine.transport import Deadlines

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type:  text/plain \r\nContent-Length: 3\r\nX-A:\r\n\r\n"
CHUNKED = b"HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\nConnection: keep-alive\r\n\r\n"


class Told:
    """The event loop, the wire, the pool and the sink of a connection that remembers its answer."""

    connection: Any = None

    def __init__(self) -> None:
        self.said: list[Any] = []
        self.kept = False

    def time(self) -> float:
        return 0.0

    def call_soon(self, act: Any) -> None:
        self.said_soon = act

    def is_closing(self) -> bool:
        return False

    def give_back(self, connection: Connection) -> None:
        self.kept = True

    def on_head(self, *told: Any) -> None:
        self.said.append(told)

    def on_failure(self, error: Exception) -> None:
        self.said.append("failure")

    def __getattr__(self, name: str) -> Any:
        return lambda *_: None


def by_parser(data: bytes) -> tuple[list[Any], bool]:
    """Return what the parser makes of an answer, and whether the connection is used again."""
    told: Any = Told()
    connection = Connection(told, None, told, Together(told))
    connection.connection_made(told)
    connection.begin(told, b"GET", b"", Deadlines(), is_repeatable=True)
    connection._leave()
    connection._heard = True  # so that the short way is passed by
    connection.data_received(data)
    return told.said, told.kept


def same_as_parser(data: bytes) -> bool:
    """Compare where the short way has an answer at all; say whether it has."""
    for _ in range(2):  # unknown lines, then known ones
        read = read_whole(data)
        if read is not None:
            assert by_parser(data) == ([(*read, True)], True)
    return read is not None


@pytest.mark.parametrize(
    ("data", "body"),
    [
        (HEAD + b"abc", b"abc"),
        (HEAD.replace(b": 3", b": 0"), b""),
        (CHUNKED + b"3\r\nabc\r\n0\r\n\r\n", b"abc"),
        (CHUNKED + b"00A\r\n0123456789\r\n0\r\n\r\n", b"0123456789"),
    ],
)
def test_the_usual_answers(data: bytes, body: bytes) -> None:
    read = read_whole(data)
    assert read is not None
    assert read[2] == body
    assert same_as_parser(data)


@pytest.mark.parametrize(
    "data",
    [
        HEAD,
        HEAD + b"ab",
        HEAD + b"abcd",
        HEAD + b"abc" + HEAD + b"abc",
        b"\r\n" + HEAD + b"abc",
        b"HTTP/1.1 100 Continue\r\n\r\n" + HEAD + b"abc",
        HEAD.replace(b"1.1", b"1.0") + b"abc",
        HEAD.replace(b"200 OK", b"204 No Content") + b"abc",
        HEAD.replace(b"200 OK", b"304 Not Modified").replace(b": 3", b": 0"),
        HEAD.replace(b"200 OK", b"600 Odd") + b"abc",
        HEAD.replace(b"\r\nX-A:", b"\r\nConnection: close") + b"abc",
        HEAD.replace(b"\r\nX-A:", b"\r\nConnection: x-a") + b"abc",
        HEAD.replace(b"\r\nX-A:", b"\r\nProxy-Connection: keep-alive") + b"abc",
        HEAD.replace(b"\r\nX-A:", b"\r\nUpgrade: h2c") + b"abc",
        HEAD.replace(b"\r\nX-A:", b"\r\nContent-Length: 3") + b"abc",
        HEAD.replace(b"\r\nX-A:", b"\r\nTransfer-Encoding: chunked") + b"3\r\nabc\r\n0\r\n\r\n",
        HEAD.replace(b"\r\nX-A:", b"\r\n folded: 1") + b"abc",
        HEAD.replace(b"\r\nX-A:", b"\r\nX A: 1") + b"abc",
        HEAD.replace(b"\r\nX-A:", b"\r\nX-A : 1") + b"abc",
        HEAD.replace(b"\r\nX-A:", b"\r\nX-A: \x001") + b"abc",
        HEAD.replace(b"\r\nX-A:", b"\nX-A: 1") + b"abc",
        HEAD.replace(b"\r\nX-A:", b"\r\nno colon") + b"abc",
        HEAD.replace(b": 3", b": +3") + b"abc",
        HEAD.replace(b": 3", b": 3, 3") + b"abc",
        CHUNKED.replace(b"chunked", b"gzip, chunked") + b"3\r\nabc\r\n0\r\n\r\n",
        CHUNKED + b"3\r\nabc\r\n",
        CHUNKED + b"3;x=1\r\nabc\r\n0\r\n\r\n",
        CHUNKED + b"3\r\nabc\r\n0\r\nX-T: 1\r\n\r\n",
        CHUNKED + b"1\r\na\r\n2\r\nbc\r\n0\r\n\r\n",
        CHUNKED + b"0\r\n\r\n",
        CHUNKED + b"\r\n\r\n0\r\n\r\n",
        CHUNKED + b"+3\r\nabc\r\n0\r\n\r\n",
        CHUNKED + b"3\r\nabcd\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX-A: 1\r\n\r\nuntil the end",
        b"HTTP/1.1 200 OK\r\n\r\n",
        HEAD.replace(b"X-A:\r\n", b"X-A: 1\r\n" * MOST_HEADERS) + b"abc",
        HEAD.replace(b"X-A:", b"X-A: " + b"x" * 20_000) + b"abc",
    ],
)
def test_everything_else_is_the_parsers(data: bytes) -> None:
    assert not same_as_parser(data)


_NAMES = st.sampled_from(
    (
        *(
            b"Content-Length",
            b"content-length",
            b"Transfer-Encoding",
            b"Connection",
            b"X-A",
            b"x-b",
        ),
        *(b"Set-Cookie", b"Date", b"X-Caf\xe9", b"", b"X:", b"Upgrade", b"Trailer", b"keep-alive"),
    )
)
_VALUES = st.sampled_from(
    (b"3", b"0", b"chunked", b"keep-alive", b"close", b"a b", b"\xe9", b"")
) | (st.binary(max_size=6))
_LINES = st.builds(
    lambda name, gap, value, end: name + b":" + gap + value + end,
    _NAMES,
    st.sampled_from((b" ", b"", b"\t ", b"  ")),
    _VALUES,
    st.sampled_from((b"\r\n", b"\r\n", b"\r\n", b" \r\n", b"\n", b"\r")),
)
_FIRST = st.sampled_from(
    (b"HTTP/1.1 200 OK", b"HTTP/1.1 404 ", b"HTTP/1.1 304 N", b"HTTP/1.1 200", b"HTTP/1.1 099 X")
)
_BODIES = st.sampled_from(
    (b"abc", b"", b"3\r\nabc\r\n0\r\n\r\n", b"3\r\nabc\r\n0\r\n\r\nx", b"0\r\n\r\n", b"abcd")
)


@given(_FIRST, st.lists(_LINES, max_size=5), _BODIES)
@example(b"HTTP/1.1 200 OK", [b"Content-Length: 3\r\n", b"x-b:\t a b \r\n"], b"abc")
def test_it_never_reads_what_the_parser_reads_differently(
    first: bytes, lines: list[bytes], body: bytes
) -> None:
    same_as_parser(first + b"\r\n" + b"".join(lines) + b"\r\n" + body)


def test_what_is_remembered_is_bounded_and_nobodys() -> None:
    for number in range(MOST_LINES + 10):
        line = b"X-Number: %d\r\nSet-Cookie: a=%d\r\nX-Long: %d%b" % (
            number,
            number,
            number,
            b"x" * 300,
        )
        read = read_whole(HEAD.replace(b"X-A:", line) + b"abc")
        assert read is not None
        assert (b"set-cookie", b"a=%d" % number) in read[1]
    assert len(whole._plain) <= MOST_LINES
    assert not any(b"cookie" in line.lower() or len(line) > 256 for line in whole._plain)
