"""Connections to providers, kept and shared: who may open how many, who waits, what is too late."""

import asyncio
from collections import deque
from typing import Any

from waypost.adapters.connections import no_place
from waypost.adapters.fast_http import failures
from waypost.adapters.fast_http.connection import Connection, Sink
from waypost.adapters.fast_http.dialing import Dialer, Place, place_of
from waypost.adapters.fast_http.together import Together
from waypost.base.errors import WaypostError
from waypost.engine.transport import Deadlines

IDLE_SECONDS = 30.0
MOST_ORIGINS = 4096
LONGEST_LOOK = 1.0
"""Seconds between two looks at what is too late; a quarter of the shortest deadline if that is less."""


class Waiter:
    """A request that waits for a connection."""

    __slots__ = ("deadlines", "is_repeatable", "request", "since", "sink", "uploading", "verb")

    def __init__(
        self,
        sink: Sink,
        verb: bytes,
        request: bytes,
        deadlines: Deadlines,
        since: float,
        *,
        is_repeatable: bool,
        uploading: bool = False,
    ) -> None:
        self.sink: Sink | None = sink
        self.verb = verb
        self.request = request
        self.deadlines = deadlines
        self.is_repeatable = is_repeatable
        self.uploading = uploading
        self.since = since

    def drop(self) -> None:
        """Wait no longer; the place in the queue is passed over."""
        self.sink = None


class Origin:
    """One provider's scheme, host and port, with its connections."""

    __slots__ = ("dialling", "idle", "middle", "name", "open", "place", "waiting")

    def __init__(self, name: str, place: Place) -> None:
        self.name = name
        self.place = place
        self.middle = b" HTTP/1.1\r\nHost: %b\r\n" % place.named
        """What follows the target in a request."""
        self.idle: list[Connection] = []
        self.open = 0  # those being dialled are among them
        self.dialling = 0
        self.waiting: deque[Waiter] = deque()

    @property
    def is_forgettable(self) -> bool:
        """Say whether nothing hangs on it."""
        return not self.open and not self.waiting


class Pool:
    """Hand out connections, idle ones first, the last used first.

    `most` is for all providers together, `most_each` for one: whoever takes all of one provider's
    leaves room for calls of the others.
    """

    def __init__(self, dialer: Dialer, *, most: int, most_each: int) -> None:
        self.most = most
        self.most_each = most_each
        self._dialer = dialer
        self._origins: dict[str, Origin] = {}
        self._all: set[Connection] = set()
        self._open = 0
        self._every = LONGEST_LOOK
        self._timer: asyncio.TimerHandle | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._dials: set[asyncio.Task[Any]] = set()
        self.together = Together()

    @property
    def busy(self) -> int:
        """Count the connections that are in use."""
        return sum(1 for each in self._all if each.sink is not None)

    # ── for whoever sends ──────────────────────────────────────────────────────────────────────

    def origin(self, name: str) -> Origin:
        """Return a provider's place; raises ProviderUnreachable for one that may not be called."""
        found = self._origins.get(name)
        if found is None:
            place = place_of(name)
            self._dialer.check(place)
            if len(self._origins) >= MOST_ORIGINS:
                self._origins = {k: v for k, v in self._origins.items() if not v.is_forgettable}
            found = self._origins[name] = Origin(name, place)
        return found

    def send(
        self,
        origin: Origin,
        sink: Sink,
        verb: bytes,
        request: bytes,
        deadlines: Deadlines,
        *,
        is_repeatable: bool,
        uploading: bool = False,
    ) -> None:
        """Send on an idle connection, or have the request wait for one."""
        idle = origin.idle
        while idle:
            connection = idle.pop()
            if not connection.transport.is_closing():
                sink.connection = connection
                connection.begin(
                    sink,
                    verb,
                    request,
                    deadlines,
                    is_repeatable=is_repeatable,
                    uploading=uploading,
                )
                return
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
        waiter = Waiter(
            sink,
            verb,
            request,
            deadlines,
            self._loop.time(),
            is_repeatable=is_repeatable,
            uploading=uploading,
        )
        sink.connection = waiter
        origin.waiting.append(waiter)
        self._look_often(deadlines)
        self._fill(origin)

    async def close(self) -> None:
        """Close every connection; who still waits is told so."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        dials = list(self._dials)
        for task in dials:
            task.cancel()
        await asyncio.gather(*dials, return_exceptions=True)
        for connection in list(self._all):
            connection.fail(failures.dropped())
        for origin in self._origins.values():
            while origin.waiting:
                _fail(origin.waiting.popleft(), failures.dropped())

    # ── from connections ───────────────────────────────────────────────────────────────────────

    def give_back(self, connection: Connection) -> None:
        """Give a connection to whoever waits longest, or keep it."""
        origin: Origin = connection.origin
        if origin.waiting and (waiter := _next(origin)) is not None:
            _begin(connection, waiter)
        else:
            origin.idle.append(connection)

    def lose(self, connection: Connection) -> None:
        """Forget a connection, and let others have its place."""
        origin: Origin = connection.origin
        self._all.discard(connection)
        if connection in origin.idle:
            origin.idle.remove(connection)
        self._free(origin)

    def again(self, connection: Connection, sink: Sink) -> None:
        """Send a request on a fresh connection: the kept one had been closed by the provider."""
        assert self._loop is not None
        waiter = Waiter(
            sink,
            connection.verb,
            connection.request,
            connection.deadlines,
            self._loop.time(),
            is_repeatable=False,  # once
        )
        origin: Origin = connection.origin
        # What else is idle was closed just as well, perhaps: it is not asked.
        sink.connection = waiter
        origin.waiting.appendleft(waiter)
        self._fill(origin)

    # ── inside ─────────────────────────────────────────────────────────────────────────────────

    def _free(self, origin: Origin) -> None:
        origin.open -= 1
        self._open -= 1
        if origin.waiting:
            self._fill(origin)
        elif self._open + 1 == self.most:
            for other in self._origins.values():
                if other.waiting:
                    self._fill(other)

    def _fill(self, origin: Origin) -> None:
        """Dial for those who wait, as far as there is room."""
        while origin.dialling < len(origin.waiting) and self._has_room(origin):
            origin.open += 1
            origin.dialling += 1
            self._open += 1
            deadlines = origin.waiting[origin.dialling - 1].deadlines
            assert self._loop is not None
            task = self._loop.create_task(self._dial(origin, deadlines))
            self._dials.add(task)
            task.add_done_callback(self._dials.discard)

    def _has_room(self, origin: Origin) -> bool:
        if origin.open >= self.most_each:
            return False
        if self._open < self.most:
            return True
        for other in self._origins.values():
            if other is not origin and other.idle:
                other.idle.pop(0).drop()  # its place is free when it is lost
                break
        return False

    async def _dial(self, origin: Origin, deadlines: Deadlines) -> None:
        loop = asyncio.get_running_loop()
        failure: WaypostError | None = None
        made: Connection | None = None
        try:
            async with asyncio.timeout(deadlines.connect):
                made = await self._dialer.dial(
                    origin.place, lambda: Connection(self, origin, loop, self.together)
                )
        except TimeoutError:
            failure = failures.late(deadlines, "connect")
        except WaypostError as error:
            failure = error
        except asyncio.CancelledError:
            failure = failures.dropped()
            raise
        finally:
            origin.dialling -= 1
            self._dialled(origin, made, failure)

    def _dialled(
        self, origin: Origin, made: Connection | None, failure: WaypostError | None
    ) -> None:
        if made is not None and not made.transport.is_closing():
            self._all.add(made)
            self._look_on()
            made.since = made.began = asyncio.get_running_loop().time()
            self.give_back(made)
            return
        if made is not None:
            self._fill(origin)  # closed already, and counted by `lose`
            return
        waiter = _next(origin)
        self._free(origin)
        if waiter is not None and failure is not None:
            _fail(waiter, failure)

    def _look_often(self, deadlines: Deadlines) -> None:
        shortest = min(deadlines.connect, deadlines.first_byte, deadlines.idle, deadlines.total)
        if shortest / 4 < self._every:
            self._every = shortest / 4
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
        self._look_on()

    def _look_on(self) -> None:
        if self._timer is None and self._loop is not None:
            self._timer = self._loop.call_later(self._every, self._look)

    def _look(self) -> None:
        """End what is too late, and close what nobody has used for long."""
        assert self._loop is not None
        now = self._loop.time()
        waiting = False
        for connection in list(self._all):
            if connection.sink is None:
                if now - connection.since > IDLE_SECONDS:
                    connection.drop()
            elif (which := connection.late(now)) is not None:
                connection.fail(failures.late(connection.deadlines, which))
        for origin in list(self._origins.values()):
            waiting = waiting or bool(origin.waiting)
            self._end_waits(origin, now)
        self._timer = None
        if self._all or waiting:
            self._look_on()

    def _end_waits(self, origin: Origin, now: float) -> None:
        for waiter in list(origin.waiting):
            # A dial tells of its own end, and its own deadline is the same.
            if now - waiter.since > waiter.deadlines.connect and not origin.dialling:
                origin.waiting.remove(waiter)
                _fail(waiter, no_place(self.most, waiter.deadlines))


def _next(origin: Origin) -> Waiter | None:
    while origin.waiting:
        waiter = origin.waiting.popleft()
        if waiter.sink is not None:
            return waiter
    return None


def _begin(connection: Connection, waiter: Waiter) -> None:
    sink, waiter.sink = waiter.sink, None
    assert sink is not None
    sink.connection = connection
    connection.begin(
        sink,
        waiter.verb,
        waiter.request,
        waiter.deadlines,
        is_repeatable=waiter.is_repeatable,
        uploading=waiter.uploading,
    )
    sink.on_connected()


def _fail(waiter: Waiter, error: WaypostError) -> None:
    sink, waiter.sink = waiter.sink, None
    if sink is not None:
        sink.on_failure(error)
