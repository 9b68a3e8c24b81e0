"""When an account's webhooks are looked at."""

from dataclasses import replace

import pytest

from waypost.features.provider_hooks.occasions import is_due
from waypost.kernel.hooks import Hook

NOW = 1_795_168_800.0
HOUR = 3600.0
HOOK = Hook(
    id="h1",
    environment_id="e1",
    account_id="a1",
    kind="domain",
    subject_id="d1",
    subject_name="shop.test",
    provider_id="w1",
    state="active",
    reason=None,
    sealed_secret=None,
    created_at=NOW - 100 * HOUR,
    updated_at=NOW,
    checked_at=NOW - HOUR,
    heard_at=None,
)


@pytest.mark.parametrize(
    ("hooks", "due"),
    [
        ([], True),
        ([HOOK], True),
        ([replace(HOOK, checked_at=NOW - HOUR / 2)], False),
        ([replace(HOOK, heard_at=NOW - HOUR / 2)], False),
        ([replace(HOOK, heard_at=NOW - HOUR / 2), replace(HOOK, id="h2")], True),
        ([replace(HOOK, heard_at=NOW - HOUR / 2, checked_at=NOW - 6 * HOUR)], True),
        ([replace(HOOK, heard_at=NOW - 2 * HOUR)], True),
        ([replace(HOOK, checked_at=NOW, state="failed")], True),
    ],
)
def test_hooks_that_are_heard_prove_themselves(hooks: list[Hook], due: bool) -> None:
    assert is_due(hooks, NOW) is due
