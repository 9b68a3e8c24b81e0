"""Counts for operators: OpenTelemetry instruments, read as Prometheus text at /metrics."""

from collections.abc import Iterable

from opentelemetry.exporter.prometheus import PrometheusMetricReader
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.view import ExplicitBucketHistogramAggregation, View
from prometheus_client import CollectorRegistry, generate_latest

from waypost.kernel.calls.record import CallRecord

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class Metrics:
    """Count calls as their records are written, off the hot path.

    Labels hold the integration, the surface and the status class: never an account, a tenant or a URL.
    """

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        reader = PrometheusMetricReader(registry=self._registry, scope_info_enabled=False)
        seconds = View(
            instrument_name="waypost.*.duration",
            aggregation=ExplicitBucketHistogramAggregation(_SECONDS),
        )
        self._provider = MeterProvider(metric_readers=[reader], views=[seconds])
        meter = self._provider.get_meter("waypost")
        self._calls = meter.create_counter(
            "waypost.calls", description="Calls for linked accounts."
        )
        self._attempts = meter.create_counter(
            "waypost.provider.requests", description="Requests sent to providers."
        )
        self._duration = meter.create_histogram(
            "waypost.call.duration", unit="s", description="Time from a call's arrival to its end."
        )
        self._fetch = meter.create_histogram(
            "waypost.provider.duration", unit="s", description="Time spent waiting for providers."
        )

    def count(self, records: Iterable[CallRecord]) -> None:
        """Count what was just written."""
        for record in records:
            labels = {"integration": record.integration, "surface": record.surface}
            outcome = f"{record.status // 100}xx" if record.status else "none"
            self._calls.add(1, {**labels, "status": outcome})
            self._duration.record(record.duration_ms / 1000, labels)
            if record.attempts:
                self._attempts.add(record.attempts, labels)
                self._fetch.record(record.fetch_ms / 1000, labels)

    def text(self) -> bytes:
        """Return everything as Prometheus text."""
        return generate_latest(self._registry)

    def close(self) -> None:
        """Stop counting."""
        self._provider.shutdown()
