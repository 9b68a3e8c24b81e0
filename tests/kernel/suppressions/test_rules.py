"""The rules as tables; test_readings_history.py holds whole histories against the documented table."""

from dataclasses import replace
from typing import Any

import pytest

from waypost.kernel.suppressions.address import key_of
from waypost.kernel.suppressions.model import Fact, Suppression
from waypost.kernel.suppressions.rules import (
    covers,
    decide,
    held_back,
    is_ours,
    target_scopes,
    why_back,
)


def entry(address: str = "nia@y.test", **values: Any) -> Suppression:
    blank = dict.fromkeys(Suppression.__slots__)
    usual = {
        "id": address + str(values.get("reason", "")),
        "address": address,
        "key": key_of(address),
        "reason": "unsubscribe",
        "scope": "all",
        "origin": "a1",
        "source": "pull",
        "missed": 0,
        "created_at": 1.0,
        "updated_at": 1.0,
    }
    return Suppression(**{**blank, **usual, **values})


def fact(source: Any = "pull", **values: Any) -> Fact:
    return replace(Fact("t", "nia@y.test", "unsubscribe", "all", "a1", source), **values)


LIVE = entry()
BY_PERSON = entry(removal="person", removed_at=100.0, native_id="n1")
BY_PROVIDER = entry(removal="provider", removed_at=100.0, native_id="n1")


@pytest.mark.parametrize(
    ("told", "known", "verdict"),
    [
        (fact("api"), None, "add"),
        (fact("api"), LIVE, "keep"),
        (fact("import"), BY_PERSON, "revive"),
        (fact("pull"), None, "add"),
        (fact("pull"), LIVE, "keep"),
        (fact("pull", at=50.0), BY_PROVIDER, "revive"),
        (fact("pull", at=50.0, native_id="n1"), BY_PERSON, "ignore"),
        (fact("pull", native_id="n1"), BY_PERSON, "ignore"),
        (fact("pull", at=100.0, native_id="n1"), BY_PERSON, "revive"),
        (fact("pull", at=50.0, native_id="n2"), BY_PERSON, "revive"),
        (fact("event", at=99.0), BY_PERSON, "ignore"),
        (fact("event", at=101.0), BY_PERSON, "revive"),
        (fact("event", at=50.0), BY_PROVIDER, "revive"),
    ],
)
def test_what_a_fact_does(told: Fact, known: Suppression | None, verdict: str) -> None:
    assert decide(told, known, [known] if known else []) == verdict


def test_a_removal_answers_for_the_other_form_of_the_same() -> None:
    of_domain = entry(scope="domain:x.test", removal="person", removed_at=100.0)
    assert decide(fact("event", at=50.0), None, [of_domain]) == "ignore"
    assert decide(fact("event", at=150.0), None, [of_domain]) == "add"
    heard = entry(source="event", scope="account:a1", removal="person", removed_at=100.0)
    shown = fact("pull", at=50.0, scope="domain:x.test")
    assert decide(shown, None, [heard]) == "ignore"
    assert decide(shown, None, [of_domain]) == "add", "another domain's entry is its own"


@pytest.mark.parametrize(
    ("scope", "domain", "does"),
    [
        ("all", None, True),
        ("account:a1", None, True),
        ("account:a2", "x.test", False),
        ("domain:x.test", "x.test", True),
        ("domain:x.test", "mail.x.test", True),
        ("domain:x.test", "ax.test", False),
        ("domain:x.test", None, True),
    ],
)
def test_what_a_scope_covers(scope: str, domain: str | None, does: bool) -> None:
    assert covers(scope, "a1", domain) is does


def test_each_recipient_is_told_with_all_that_holds_it_back() -> None:
    entries = [
        entry("nia@y.test", created_at=2.0),
        entry("@y.test", reason="blocklist"),
        entry("t*@z.test", reason="manual"),
        entry("tom@z.test", reason="complaint", scope="account:a2"),
    ]
    asked = [("nia@y.test", "x.test"), ("tom@z.test", "x.test"), ("zoe@z.test", "x.test")]
    held = held_back("a1", asked, entries)
    assert [(each.address, each.wire()["reasons"]) for each in held] == [
        ("nia@y.test", ["blocklist", "unsubscribe"]),
        ("tom@z.test", ["manual"]),
    ]


@pytest.mark.parametrize(
    ("told", "removed", "why"),
    [
        (fact("import"), BY_PERSON, "A person added it again."),
        (fact("event"), BY_PROVIDER, "The provider told of it again."),
        (fact("event", at=101.0), BY_PERSON, "It happened again after it was removed."),
        (fact("pull"), BY_PROVIDER, "It stands on the provider's list again."),
        (
            fact("pull", native_id="n2"),
            BY_PERSON,
            "Another entry of the provider's list names it: n2.",
        ),
        (
            fact("pull", at=101.0),
            BY_PERSON,
            "It was put on the provider's list after it was removed.",
        ),
    ],
)
def test_why_an_entry_is_back(told: Fact, removed: Suppression, why: str) -> None:
    assert why_back(told, removed) == why


@pytest.mark.parametrize(
    ("listed_at", "ours"), [(None, True), (100.0, True), (70.0, True), (69.9, False)]
)
def test_a_row_is_ours_that_came_after_we_began(listed_at: float | None, ours: bool) -> None:
    assert is_ours(100.0, listed_at) is ours


def test_what_holds_for_a_domain_holds_below_it() -> None:
    assert target_scopes("a1", "") == ("all", "account:a1")
    assert target_scopes("a1", "mail.shop.test") == (
        "domain:mail.shop.test",
        "domain:shop.test",
        "domain:test",
    )
