"""The templates are definitions that would be accepted, and hold no account of anybody."""

import pytest

from waypost.features.syncs.definitions.arguments import check_schema
from waypost.features.syncs.definitions.graph import placeholders, read_definition
from waypost.features.syncs.definitions.store import SyncJob
from waypost.features.syncs.definitions.templates import TEMPLATES, template


@pytest.mark.parametrize("one", TEMPLATES.values(), ids=lambda one: one.label)
def test_a_template_is_a_good_definition(one: SyncJob) -> None:
    definition = read_definition(one.resources)
    assert {each.name for each in definition.nodes} >= {"records", "webhook"}
    check_schema(one.args_schema, placeholders([one.resources, one.mutex_key, one.state_key]))


def test_it_is_shown_in_every_environment() -> None:
    identity = next(iter(TEMPLATES))
    assert template(identity, "env-1").environment_id == "env-1"
