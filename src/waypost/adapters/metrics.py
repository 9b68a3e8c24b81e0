"""Counts for operators, read as Prometheus text at /metrics."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator

from waypost.kernel.calls.record import CallRecord, Row

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
_BOUNDS = (*(str(float(each)) for each in _SECONDS), "+Inf")
_AT = {name: place for place, name in enumerate(CallRecord.__struct_fields__)}
_INTEGRATION, _SURFACE, _STATUS = _AT["integration"], _AT["surface"], _AT["status"]
_DURATION, _FETCH, _ATTEMPTS = _AT["duration_ms"], _AT["fetch_ms"], _AT["attempts"]


class _Times:
    """How often something took how long."""

    __slots__ = ("counts", "total")

    def __init__(self) -> None:
        self.counts = [0] * len(_BOUNDS)
        self.total = 0.0

    def add(self, seconds: float) -> None:
        self.counts[bisect_left(_SECONDS, seconds)] += 1
        self.total += seconds


class _Surface:
    """The counts of one surface of one integration."""

    __slots__ = ("attempts", "duration", "fetch", "statuses")

    def __init__(self) -> None:
        self.duration = _Times()
        self.fetch = _Times()
        self.attempts = 0
        self.statuses: dict[int, int] = {}


class Metrics:
    """Count calls as their records are written, off the hot path.

    Labels hold the integration, the surface and the status class: never an account, a tenant or a URL.
    """

    # Plain numbers, written when they are read: Prometheus' own instruments take 4 µs of CPU per
    # record, OpenTelemetry's 25, these less than one (measured), and a whole call on the straight way
    # takes little more than 20. Its client also imports a web server: 2 MB for six kinds of lines.
    def __init__(self) -> None:
        self._surfaces: dict[tuple[str, str], _Surface] = {}

    def count(self, rows: Iterable[Row]) -> None:
        """Count what was just written; a row has the values of a `CallRecord`, in its order."""
        surfaces = self._surfaces
        for row in rows:
            place = (row[_INTEGRATION], row[_SURFACE])
            found = surfaces.get(place)
            if found is None:
                found = surfaces[place] = _Surface()
            hundreds = row[_STATUS] // 100
            found.statuses[hundreds] = found.statuses.get(hundreds, 0) + 1
            found.duration.add(row[_DURATION] / 1000)
            if row[_ATTEMPTS]:
                found.attempts += row[_ATTEMPTS]
                found.fetch.add(row[_FETCH] / 1000)

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
