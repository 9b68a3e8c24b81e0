"""One connection, driven without a network: what it tells, when it is used again, what is too late."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from waypost.adapters.fast_http.connection import Connection
from waypost.adapters.fast_http.together import Together
from waypost.base.asgi import HeaderPairs
from waypost.base.errors import WaypostError
from waypost.engine.transport import Deadlines

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"


class Clock:
    """The event loop, as far as a connection asks it."""

    now = 100.0

    def __init__(self) -> None:
        self.soon: list[Callable[[], None]] = []

    def time(self) -> float:
        return self.now

    def call_soon(self, act: Callable[[], None]) -> None:
        self.soon.append(act)

    def turn(self) -> None:
        acts, self.soon[:] = self.soon[:], []
        for act in acts:
            act()


class Wire:
    """A transport that remembers what it was told."""

    def __init__(self) -> None:
        self.told: list[Any] = []

    def write(self, data: bytes) -> None:
        self.told.append(data)

    def is_closing(self) -> bool:
        return "abort" in self.told or "close" in self.told

    def __getattr__(self, name: str) -> Any:
        return lambda: self.told.append(name)


class Keeper:
    """A pool that remembers what became of a connection."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def give_back(self, connection: Connection) -> None:
        self.told.append("back")

    def lose(self, connection: Connection) -> None:
        self.told.append("lost")

    def again(self, connection: Connection, sink: Any) -> None:
        self.told.append("again")


class Heard:
    """A sink that remembers."""

    def __init__(self) -> None:
        self.connection: Any = None
        self.told: list[Any] = []

    def on_connected(self) -> None:
        raise AssertionError

    def on_head(self, status: int, headers: HeaderPairs, data: bytes, whole: bool) -> None:
        self.told.append((status, headers, data, whole))

    def on_data(self, data: bytes, whole: bool) -> None:
        self.told.append((data, whole))

    def on_failure(self, error: WaypostError) -> None:
        self.told.append(error.message)


class Case:
    """A connection with everything around it."""

    def __init__(
        self,
        verb: bytes = b"GET",
        uses: int = 1,
        *,
        leaves: bool = True,
        is_repeatable: bool = True,
    ) -> None:
        self.clock, self.wire, self.keeper = Clock(), Wire(), Keeper()
        loop: Any = self.clock
        self.connection = Connection(self.keeper, None, loop, Together(loop))
        self.connection.connection_made(self.wire)  # type: ignore[arg-type]
        for _ in range(uses):
            self.sink = Heard()
            self.connection.begin(
                self.sink, verb, b"asked", Deadlines(1, 2, 3, 10), is_repeatable=is_repeatable
            )
            if _ + 1 < uses:
                self.clock.turn()
                self.connection.data_received(OK)
        if leaves:
            self.clock.turn()


def test_a_whole_answer_is_told_at_once() -> None:
    case = Case()
    case.connection.data_received(OK)
    assert case.wire.told == [b"asked"]
    assert case.sink.told == [(200, [(b"content-length", b"3")], b"abc", True)]
    assert case.keeper.told == ["back"]


@pytest.mark.parametrize("at", range(1, len(OK)))
def test_an_answer_in_two_pieces_is_the_same_answer(at: int) -> None:
    case = Case()
    case.connection.data_received(OK[:at])
    case.connection.data_received(OK[at:])
    head, *rest = case.sink.told
    assert head[:2] == (200, [(b"content-length", b"3")])
    assert head[2] + b"".join(data for data, _ in rest) == b"abc"
    assert [head[3], *(whole for _, whole in rest)][-1] is True
    assert case.keeper.told == ["back"]


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        (OK, True),
        (OK.replace(b"1.1", b"1.0"), False),
        (OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"), False),
        (
            OK.replace(b"1.1", b"1.0").replace(b"\r\n\r\n", b"\r\nConnection: keep-alive\r\n\r\n"),
            True,
        ),
        (OK + b"H", False),
        (OK + OK, False),
    ],
)
def test_only_a_clean_connection_is_used_again(raw: bytes, kept: bool) -> None:
    case = Case()
    case.connection.data_received(raw)
    assert case.sink.told[0][2:] == (b"abc", True)
    assert (case.keeper.told == ["back"]) is kept
    assert ("close" in case.wire.told) is not kept


def test_words_nobody_asked_for_end_an_idle_connection() -> None:
    case = Case()
    case.connection.data_received(OK)
    case.connection.data_received(OK)
    assert "abort" in case.wire.told
    assert len(case.sink.told) == 1


@pytest.mark.parametrize(
    ("uses", "heard", "told"), [(1, b"", "lost"), (2, b"", "again"), (2, b"HTTP/1.1 2", "lost")]
)
def test_a_kept_connection_that_ends_unheard_is_tried_again(
    uses: int, heard: bytes, told: str
) -> None:
    case = Case(uses=uses)
    if heard:
        case.connection.data_received(heard)
    case.connection.connection_lost(None)
    assert case.keeper.told[-1] == told
    assert bool(case.sink.told) is (told == "lost")


@pytest.mark.parametrize("is_repeatable", [True, False])
def test_what_has_not_left_is_sent_again_whatever_it_is(is_repeatable: bool) -> None:
    case = Case(uses=2, leaves=False, is_repeatable=is_repeatable)
    assert case.wire.told == [b"asked"]
    case.connection.data_received(OK)  # an answer to nothing
    assert case.wire.told == [b"asked", "abort"]
    case.clock.turn()
    assert case.wire.told == [b"asked", "abort"]
    case.connection.connection_lost(None)
    assert case.keeper.told[-1] == "again"
    assert case.sink.told == []


def test_what_was_given_up_does_not_leave() -> None:
    case = Case(leaves=False)
    case.connection.drop()
    case.clock.turn()
    assert case.wire.told == ["abort"]


def test_a_body_until_the_end_is_whole_only_when_it_ends_well() -> None:
    for error, last in ((None, (b"", True)), (OSError(), "The provider's answer broke off.")):
        case = Case()
        case.connection.data_received(b"HTTP/1.1 200 OK\r\n\r\nabc")
        case.connection.connection_lost(error)
        assert case.sink.told[-1] == last


def test_an_answer_to_head_has_no_body_whatever_it_says() -> None:
    case = Case(b"HEAD")
    case.connection.data_received(OK[:-3])
    assert case.sink.told == [(200, [(b"content-length", b"3")], b"", True)]
    assert case.keeper.told == ["back"]
    lying = Case(b"HEAD")
    lying.connection.data_received(OK)
    assert lying.sink.told == [(200, [(b"content-length", b"3")], b"", True)]
    assert lying.keeper.told == []


@pytest.mark.parametrize(
    ("heard", "after", "which"),
    [
        (b"", 2.5, "first_byte"),
        (b"", 1.5, None),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\na", 3.5, "idle"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\na", 2.5, None),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\na", 10.5, "total"),
    ],
)
def test_what_is_too_late(heard: bytes, after: float, which: str | None) -> None:
    case = Case()
    if heard:
        case.connection.data_received(heard)
    assert case.connection.late(case.clock.now + after) == which


def test_a_provider_that_waits_for_us_is_not_late() -> None:
    case = Case()
    case.connection.data_received(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\na")
    case.connection.pause()
    assert case.connection.late(case.clock.now + 5) is None
    assert case.connection.late(case.clock.now + 11) == "total"
    case.clock.now += 5
    case.connection.resume()
    assert case.connection.late(case.clock.now + 2) is None
    assert case.wire.told == [b"asked", "pause_reading", "resume_reading"]


def test_interim_answers_are_bounded() -> None:
    case = Case()
    case.connection.data_received(b"HTTP/1.1 102 Processing\r\n\r\n" * 40)
    assert case.sink.told == ["The provider's answer is not valid HTTP."]


def test_a_parser_is_made_for_each_loop() -> None:
    assert asyncio.Protocol in Connection.__mro__
