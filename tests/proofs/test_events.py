"""`./dev proof events` on a small flood; and that it would notice."""

from dataclasses import replace
from pathlib import Path

import pytest
from proofs.events.endpoints import Customer, Delivery
from proofs.events.flood import happenings, schedule_of
from proofs.events.progress import line
from proofs.events.run import Plan, cast, play, report
from proofs.events.verdict import Happening, Wish, disorder, judge, part, waits
from tests.support.sandbox import Sandbox

SEED = 20261122
FIRST = Happening("a:1", "message.sent", "t0", "m")
SECOND = Happening("a:2", "message.opened", "t1", "m")


def took(*what: tuple[str, str, int]) -> Customer:
    """Return an endpoint that took these: name, event id, and the second in which it was created."""
    customer = Customer("c")
    for place, (name, event_id, second) in enumerate(what):
        created = f"2026-11-22T12:00:{second:02d}.000Z"
        customer.taken.append(Delivery(event_id, name, created, 100.0 + place))
    return customer


@pytest.mark.parametrize(
    ("customer", "wish", "wrong"),
    [
        (took(("a:1", "e1", 0), ("a:2", "e2", 1)), Wish(), None),
        (took(("a:1", "e1", 0), ("a:2", "e2", 1), ("a:1", "e1", 0)), Wish(), None),
        (took(("a:1", "e1", 0)), Wish(), "lost"),
        (took(("a:1", "e1", 0)), Wish(frozenset({"message.sent"})), None),
        (took(("a:1", "e1", 0)), Wish(None, frozenset({"t0"})), None),
        (took(("a:1", "e1", 0), ("a:2", "e2", 1)), Wish(None, frozenset({"t0"})), "unasked"),
        (took(("a:1", "e1", 0), ("a:2", "e1", 1)), Wish(), "shared_ids"),
        (took(("a:1", "e1", 0), ("a:1", "e3", 0), ("a:2", "e2", 1)), Wish(), "shared_ids"),
        (took(("a:1", "e1", 0), ("a:2", "e2", 1), ("a:9", "e9", 1)), Wish(), "strangers"),
        (took(("a:2", "e2", 9), ("a:1", "e1", 0)), Wish(is_ordered=True), "disordered"),
        (took(("a:1", "e1", 0), ("a:2", "e2", 9), ("a:1", "e1", 0)), Wish(is_ordered=True), None),
        (took(("a:2", "e2", 9), ("a:1", "e1", 0)), Wish(), None),
    ],
)
def test_the_verdict_notices(customer: Customer, wish: Wish, wrong: str | None) -> None:
    told, acknowledged = {"a:1": 10.0, "a:2": 12.0}, {"a:1": 11.0, "a:2": 13.0}
    verdict = judge([FIRST, SECOND], [(customer, wish)], lambda _: True, told, acknowledged)
    names = ("lost", "unasked", "strangers", "shared_ids", "disordered")
    assert {name for name in names if getattr(verdict, name)} == ({wrong} if wrong else set())
    assert verdict.holds is (wrong is None)


def test_what_was_never_acknowledged_is_noticed() -> None:
    customer = took(("a:1", "e1", 0))
    assert not judge([FIRST], [(customer, Wish())], lambda _: False, {}, {}).holds


@pytest.mark.parametrize(("acknowledged", "wrong"), [(11.9, 1), (12.1, 0), (None, 0)])
def test_what_is_told_before_the_last_was_acknowledged_has_no_order(
    acknowledged: float | None, wrong: int
) -> None:
    taken = took(("a:2", "e2", 1), ("a:1", "e1", 0)).taken
    known = {} if acknowledged is None else {"a:1": acknowledged}
    named = {each.name: each for each in (FIRST, SECOND)}
    assert disorder(taken, named, {"a:1": 10.0, "a:2": 12.0}, known) == wrong


def test_waits_are_of_endpoints_that_never_fail() -> None:
    customer = took(("a:1", "e1", 0), ("a:2", "e2", 1), ("a:1", "e1", 0))
    told = {"a:1": 99.0, "a:2": 50.0}
    assert waits([customer, Customer("x", failing=0.1)], told, 0.0, 200.0) == [1.0, 51.0]
    assert waits([customer], told, 60.0, 200.0) == [1.0]
    recovered = Customer("y", hangs=True)
    recovered.hangs, recovered.taken = False, customer.taken
    assert waits([recovered], told, 0.0, 200.0) == []
    assert part([1.0, 2.0, 3.0], 0.99) == 3.0


def test_a_schedule_doubles_and_shuffles_but_forgets_nothing() -> None:
    told = happenings(1000, 4, SEED)
    plan = schedule_of(told, 100.0, SEED, doubled=0.1, astray=3.0)
    assert {each.name for _, each in plan} == {each.name for each in told}
    assert 1080 < len(plan) < 1200
    assert [each.name for _, each in plan[:500]] != [each.name for each in told[:500]]
    assert plan == schedule_of(told, 100.0, SEED, doubled=0.1, astray=3.0)


def test_there_are_twenty_endpoints_one_of_which_hangs() -> None:
    assert len(cast(hangs=True)) == 20
    assert sum(customer.hangs for customer, _ in cast(hangs=True)) == 1
    assert not any(customer.hangs for customer, _ in cast(hangs=False))


def test_a_bar_tells_what_is_left() -> None:
    assert (
        line("flood", 50, 100, 10.0)
        == "flood [############            ] 50/100 50% 10 s, 10 s left"
    )
    assert line("flood", 0, 0, 0.0).endswith("0 s left")


@pytest.mark.timeout(240)
def test_a_small_flood_loses_nothing(tmp_path: Path, sandbox: Sandbox) -> None:
    plan = Plan(events=80, rate=60.0, kills=1, seed=SEED, patience=1.0)
    outcome = play(plan, tmp_path, sandbox)
    assert outcome.workers_killed + outcome.programs_killed >= 2
    assert outcome.verdict.holds, outcome.lines()
    told: list[str] = []
    assert report(outcome, outcome, told.append), told
    slower = replace(outcome, calm=[each * 3 for each in outcome.calm])
    assert not report(slower, outcome, told.append)
