"""The list of event types, and the catalogue that maps to it."""

import ast
import re
from pathlib import Path

import pytest

import waypost
from waypost.base.errors import InvalidRequest
from waypost.engine.manifest.load import load_catalog
from waypost.kernel.events.types import FROM_PROVIDERS, NEVER_TOLD, TOLD, refuse_unknown
from waypost.kernel.manifests import Manifests

PACKAGE = Path(waypost.__file__).parent
CATALOG = load_catalog(PACKAGE / "catalog")
OURS = re.compile(
    r"(integrated_account|environment_integration|sync_job_run|sync_job_cron_trigger|record)"
    r":[a-z_]+|webhook_endpoint[.][a-z_]+"
)
TRUTO = """
integrated_account: created updated deleted active reactivated post_connect_form_submitted
integrated_account: post_install_error validation_error authentication_error forbidden_error
link_token: connection_error
environment_integration: created updated deleted
environment_unified_model: created updated deleted
api_token: created deleted
sync_job_run: created updated started completed failed deleted record record_error rate_limited
record: created updated deleted meta
sync_job_cron_trigger: failed
batch_job: dry_run_completed completed dry_run_failed failed
"""
"""What Truto's published clients and documentation name."""


@pytest.mark.parametrize("name", sorted(CATALOG.integrations))
def test_the_catalog_maps_to_types_that_are_listed(name: str) -> None:
    webhooks = CATALOG.integrations[name].integration.webhooks
    mapped = {each for webhook in webhooks for each in webhook.events.values()}
    assert mapped <= FROM_PROVIDERS.keys()
    assert mapped <= Manifests(CATALOG).event_types()


def test_every_type_that_the_code_names_is_listed() -> None:
    named = {
        node.value
        for file in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        if OURS.fullmatch(node.value)
    }
    assert "integrated_account:active" in named
    assert named <= TOLD.keys() | set(NEVER_TOLD)


@pytest.mark.parametrize("line", TRUTO.strip().splitlines())
def test_trutos_types_are_taken(line: str) -> None:
    noun, _, happenings = line.partition(": ")
    for happening in happenings.split():
        refuse_unknown(f"{noun}:{happening}", "event_types")


@pytest.mark.parametrize("name", [*TOLD, "order.paid"])
def test_what_may_happen_may_be_asked_for(name: str) -> None:
    refuse_unknown(name, "event_types", {"order.paid"})


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("message.bounce", "did you mean 'message.bounced'?"),
        ("message:bounced", "did you mean 'message.bounced'?"),
        ("record.created", "did you mean 'record:created'?"),
        ("order.payed", "did you mean 'order.paid'?"),
        ("", "docs/reference/events.md"),
        ("?" * 1000, "docs/reference/events.md"),
    ],
)
def test_any_other_is_refused_with_the_nearest(name: str, hint: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        refuse_unknown(name, "event_types", {"order.paid"})
    assert hint in refused.value.message
    assert len(refused.value.message) < 250
