"""Nonsense never breaks the admin API: whatever is sent, the answer is the caller's to read."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.support.world import AcmeWorld, Environment

SLOW = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
NAMES = st.sampled_from(
    (
        *("name", "id", "ids", "tenant_id", "context", "config", "override", "version", "metadata"),
        *("integration_id", "environment_integration_id", "environment_unified_model_id"),
        *("unified_model_id", "resource_name", "integration_name", "method_name", "tenants"),
        *("target_url", "event_types", "is_active", "status", "unified_model_override"),
        *("integrated_account_id", "validate", "authentication_method", "is_enabled"),
    )
)
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
)
VALUES = st.recursive(
    LEAVES | st.sampled_from(("acme", "user-directory", "users", "list", "active", "{", "$")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)
WRITES = st.sampled_from(
    (
        ("POST", "/environment-integration"),
        ("POST", "/environment-unified-model"),
        ("POST", "/environment-unified-model-resource-method"),
        ("POST", "/integrated-account"),
        ("POST", "/integrated-account/token"),
        ("POST", "/integrated-account/bulk-delete"),
        ("POST", "/integrated-account/refresh-credentials"),
        ("POST", "/sandbox-integrated-account"),
        ("POST", "/tenant"),
        ("POST", "/tenant/bulk"),
        ("POST", "/webhook"),
        ("POST", "/sync-job"),
        ("POST", "/sync-job-run"),
        ("POST", "/sync-job-template"),
        ("POST", "/sync-job-run-state?state_key=s"),
        ("POST", "/link-token"),
        ("PATCH", "/integrated-account/{account}"),
        ("PATCH", "/integrated-account/{account}/credentials"),
        ("PATCH", "/environment-integration/{install}"),
        ("PATCH", "/tenant/tenant-1"),
        ("PATCH", "/environment/{environment}"),
    )
)
LISTS = st.sampled_from(
    (
        *("environment", "api-token", "integration", "environment-integration", "tenant", "log"),
        *("integrated-account", "unified-model", "unified-model-resource-method", "webhook"),
        *("environment-unified-model", "category", "sync-job", "sandbox-integrated-account"),
        *("sync-job-run", "sync-job-template", "sync-record"),
    )
)
FILTERS = st.sampled_from(
    (
        *("id", "name", "created_at", "limit", "next_cursor", "sort", "status", "is_active"),
        *("is_sandbox", "integration.name", "log_type_filter", "log_type", "integration_id"),
    )
)
OPERATORS = st.sampled_from(
    ("", "[eq]", "[gt]", "[lt]", "[in]", "[nin]", "[like]", "[]", "[0]", "[x][y]", "[status]")
)


def place(acme: AcmeWorld, path: str) -> str:
    return path.format(
        account=acme.account,
        install=acme.environment.installs["acme"],
        environment=acme.environment.id,
    )


@SLOW
@given(write=WRITES, body=st.dictionaries(NAMES, VALUES, max_size=6) | VALUES)
def test_any_body(acme: AcmeWorld, write: tuple[str, str], body: Any) -> None:
    verb, path = write
    answer = acme.environment.request(verb, place(acme, path), json=body)
    assert answer.status_code < 500, (answer.text, body)
    if answer.is_error:
        assert answer.json()["statusCode"] == answer.status_code


@SLOW
@given(
    name=LISTS,
    asked=st.lists(st.tuples(FILTERS, OPERATORS, st.text(max_size=12)), min_size=1, max_size=3),
)
def test_any_query(environment: Environment, name: str, asked: list[tuple[str, str, str]]) -> None:
    query = {f"{field}{operator}": value for field, operator, value in asked}
    answer = environment.get(f"/{name}", params=query)
    assert answer.status_code < 500, (answer.text, query)
    assert "result" in answer.json() or answer.json()["statusCode"] == answer.status_code


@SLOW
@given(raw=st.binary(max_size=40))
def test_any_bytes(environment: Environment, raw: bytes) -> None:
    answer = environment.post("/webhook", content=raw)
    assert 400 <= answer.status_code < 500
