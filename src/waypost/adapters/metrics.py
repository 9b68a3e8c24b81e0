"""Counts for operators, read as Prometheus text at /metrics."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator
from operator import itemgetter

from waypost.kernel.calls.record import CallRecord, Row

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
_BOUNDS = (*(str(float(each)) for each in _SECONDS), "+Inf")
_MILLISECONDS = tuple(each * 1000 for each in _SECONDS)
_AT = {name: place for place, name in enumerate(CallRecord.__struct_fields__)}
_INTEGRATION, _SURFACE, _STATUS = _AT["integration"], _AT["surface"], _AT["status"]
_DURATION, _FETCH, _ATTEMPTS = _AT["duration_ms"], _AT["fetch_ms"], _AT["attempts"]
_status, _duration, _attempts = itemgetter(_STATUS), itemgetter(_DURATION), itemgetter(_ATTEMPTS)


class _Times:
    """How often something took how long."""

    __slots__ = ("counts", "total")

    def __init__(self) -> None:
        self.counts = [0] * len(_BOUNDS)
        self.total = 0.0

    def add(self, milliseconds: list[float]) -> None:
        self.total += sum(milliseconds) / 1000
        milliseconds.sort()
        before = 0
        for place, bound in enumerate(_MILLISECONDS):
            below = bisect_right(milliseconds, bound, before)
            self.counts[place] += below - before
            before = below
        self.counts[-1] += len(milliseconds) - before


class _Surface:
    """The counts of one surface of one integration."""

    __slots__ = ("attempts", "duration", "fetch", "statuses")

    def __init__(self) -> None:
        self.duration = _Times()
        self.fetch = _Times()
        self.attempts = 0
        self.statuses: Counter[int] = Counter()

    def add(self, rows: list[Row]) -> None:
        for status, times in Counter(map(_status, rows)).items():
            self.statuses[status // 100] += times
        self.attempts += sum(map(_attempts, rows))
        self.duration.add(list(map(_duration, rows)))
        self.fetch.add([row[_FETCH] for row in rows if row[_ATTEMPTS]])


class Metrics:
    """Count calls as their records are written, off the hot path.

    Labels hold the integration, the surface and the status class: never an account, a tenant or a URL.
    """

    # Plain numbers, written when they are read: Prometheus' own instruments take 4 µs of CPU per
    # record, OpenTelemetry's 25, these half of one, a batch at a time (measured); a whole call on the
    # straight way takes little more than 20. Its client also imports a web server: 2 MB for six kinds of lines.
    def __init__(self) -> None:
        self._surfaces: dict[tuple[str, str], _Surface] = {}

    def count(self, rows: Iterable[Row]) -> None:
        """Count what was just written; a row has the values of a `CallRecord`, in its order."""
        its: dict[tuple[str, str], list[Row]] = {}
        for row in rows:
            its.setdefault((row[_INTEGRATION], row[_SURFACE]), []).append(row)
        for place, each in its.items():
            found = self._surfaces.get(place)
            if found is None:
                found = self._surfaces[place] = _Surface()
            found.add(each)

    def text(self) -> bytes:
        """Return everything as Prometheus text."""
        return "".join(f"{line}\n" for line in self._lines()).encode()

    def _lines(self) -> Iterator[str]:
        yield from _head("waypost_calls_total", "counter", "Calls for linked accounts.")
        for place, found in self._surfaces.items():
            for hundreds, times in found.statuses.items():
                status = f"{hundreds}xx" if hundreds else "none"
                yield _line("waypost_calls_total", times, place, status=status)
        name = "waypost_provider_requests_total"
        yield from _head(name, "counter", "Requests sent to providers.")
        for place, found in self._surfaces.items():
            yield _line(name, found.attempts, place)
        name = "waypost_call_duration_seconds"
        yield from _head(name, "histogram", "Time from a call's arrival to its end.")
        for place, found in self._surfaces.items():
            yield from _histogram(name, found.duration, place)
        name = "waypost_provider_duration_seconds"
        yield from _head(name, "histogram", "Time spent waiting for providers.")
        for place, found in self._surfaces.items():
            yield from _histogram(name, found.fetch, place)


def _head(name: str, kind: str, says: str) -> Iterator[str]:
    yield f"# HELP {name} {says}"
    yield f"# TYPE {name} {kind}"


def _histogram(name: str, times: _Times, place: tuple[str, str]) -> Iterator[str]:
    reached = 0
    for bound, count in zip(_BOUNDS, times.counts, strict=True):
        reached += count
        yield _line(f"{name}_bucket", reached, place, le=bound)
    yield _line(f"{name}_count", reached, place)
    yield _line(f"{name}_sum", times.total, place)


def _line(name: str, value: float, place: tuple[str, str], **more: str) -> str:
    labels = {"integration": place[0], "surface": place[1], **more}
    written = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels.items())
    return f"{name}{{{written}}} {float(value)!r}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')
