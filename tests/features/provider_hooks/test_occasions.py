"""When an account's webhooks are looked at."""

import threading
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from tests.support.sandbox import Sandbox
from tests.support.world import make_environment, platform_for

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


def test_an_account_that_was_linked_before_is_settled_when_the_server_starts(
    tmp_path: Path, sandbox: Sandbox, http: httpx.Client
) -> None:
    there = sandbox.account()
    there.seed(domains=[{"id": "d0m41n00000000r3", "name": "shop.test", "is_verified": True}])
    with platform_for(tmp_path, sandbox, None, run_jobs=True) as without_address:
        environment = make_environment(without_address, http)
        account = environment.link("mailersend", {"api_token": there.api_token})
        path = f"/integrated-account/{account}/provider-webhooks"
        shown = environment.get(path).json()
        assert (shown["state"], shown["result"]) == ("off", [])
        assert "WAYPOST_PUBLIC_URL" in shown["reason"]
    with platform_for(tmp_path, sandbox, None, is_public=True, run_jobs=True) as again:
        environment = replace(environment, served=again)
        for _ in range(1200):
            states = [each["state"] for each in environment.get(path).json()["result"]]
            if states == ["active"]:
                break
            threading.Event().wait(0.05)
        assert states == ["active"]
