"""Operators see how many calls went where, and nothing about whose."""

from prometheus_client.parser import text_string_to_metric_families

from waypost.adapters.metrics import Metrics
from waypost.kernel.calls.record import CallRecord, Row


def record(**fields: object) -> Row:
    values: dict[str, object] = {
        "id": "r",
        "environment_id": "e",
        "account_id": "secret-account",
        "tenant_id": "secret-tenant",
        "integration": "acme",
        "surface": "proxy",
        "at": 0.0,
        "status": 200,
        "duration_ms": 12.0,
        "fetch_ms": 8.0,
        "attempts": 2,
        **fields,
    }
    return CallRecord(**values).row()  # type: ignore[arg-type]


def test_calls_are_counted_by_integration_surface_and_status_class() -> None:
    metrics = Metrics()
    metrics.count([record(), record(status=429), record(status=0, attempts=0)])
    lines = metrics.text().decode().splitlines()
    counts = [line for line in lines if line.startswith("waypost_calls_total{")]
    assert len(counts) == 3
    assert {line.rpartition(" ")[2] for line in counts} == {"1.0"}
    assert any('status="4xx"' in line and 'integration="acme"' in line for line in counts)
    assert any(
        line.startswith("waypost_provider_requests_total{") and line.endswith(" 4.0")
        for line in lines
    )


def test_no_account_and_no_tenant_is_in_the_text() -> None:
    metrics = Metrics()
    metrics.count([record()])
    assert b"secret-" not in metrics.text()


def test_two_platforms_in_one_process_count_apart() -> None:
    first, second = Metrics(), Metrics()
    first.count([record()])
    assert b"waypost_calls_total{" in first.text()
    assert b"waypost_calls_total{" not in second.text()


def test_prometheus_own_reader_understands_every_line() -> None:
    metrics = Metrics()
    name = 'a "quoted" \\ name\nin two lines'
    metrics.count([record(), record(integration=name, duration_ms=70_000.0)])
    families = {each.name: each for each in text_string_to_metric_families(metrics.text().decode())}
    assert {name: each.type for name, each in families.items()} == {
        "waypost_calls": "counter",
        "waypost_provider_requests": "counter",
        "waypost_call_duration_seconds": "histogram",
        "waypost_provider_duration_seconds": "histogram",
    }
    samples = families["waypost_call_duration_seconds"].samples
    told = {
        (
            each.name.rpartition("_")[2],
            each.labels["integration"],
            each.labels.get("le"),
        ): each.value
        for each in samples
    }
    assert told["bucket", "acme", "0.01"] == 0.0
    assert told["bucket", "acme", "0.025"] == told["count", "acme", None] == 1.0
    assert told["sum", "acme", None] == 0.012
    assert told["bucket", name, "60.0"] == 0.0
    assert told["bucket", name, "+Inf"] == told["count", name, None] == 1.0
    assert all(each.documentation for each in families.values())
