"""Counts for operators, read as Prometheus text at /metrics."""

from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

from waypost.kernel.calls.record import CallRecord

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class _Surface(NamedTuple):
    """The counts of one surface of one integration."""

    duration: Histogram
    fetch: Histogram
    attempts: Counter


class Metrics:
    """Count calls as their records are written, off the hot path.

    Labels hold the integration, the surface and the status class: never an account, a tenant or a URL.
    """

    # Not OpenTelemetry's instruments: they take 25 µs of CPU per record, these 4 (measured), and a
    # whole call takes little more than 100.
    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        place = ("integration", "surface")
        self._calls = Counter(
            "waypost_calls", "Calls for linked accounts.", (*place, "status"), registry=registry
        )
        self._attempts = Counter(
            "waypost_provider_requests", "Requests sent to providers.", place, registry=registry
        )
        self._duration = Histogram(
            "waypost_call_duration_seconds",
            "Time from a call's arrival to its end.",
            place,
            buckets=_SECONDS,
            registry=registry,
        )
        self._fetch = Histogram(
            "waypost_provider_duration_seconds",
            "Time spent waiting for providers.",
            place,
            buckets=_SECONDS,
            registry=registry,
        )
        self._surface = lru_cache(maxsize=None)(self._find_surface)

    def _find_surface(self, integration: str, surface: str) -> _Surface:
        place = (integration, surface)
        return _Surface(
            self._duration.labels(*place), self._fetch.labels(*place), self._attempts.labels(*place)
        )

    def count(self, records: Iterable[CallRecord]) -> None:
        """Count what was just written."""
        outcomes: dict[tuple[str, str, int], int] = {}
        for record in records:
            place = (record.integration, record.surface)
            outcome = (*place, record.status // 100)
            outcomes[outcome] = outcomes.get(outcome, 0) + 1
            found = self._surface(*place)
            found.duration.observe(record.duration_ms / 1000)
            if record.attempts:
                found.attempts.inc(record.attempts)
                found.fetch.observe(record.fetch_ms / 1000)
        for (integration, surface, hundreds), times in outcomes.items():
            status = f"{hundreds}xx" if hundreds else "none"
            self._calls.labels(integration, surface, status).inc(times)

    def text(self) -> bytes:
        """Return everything as Prometheus text."""
        return generate_latest(self._registry)
