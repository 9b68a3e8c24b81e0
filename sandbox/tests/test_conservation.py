"""Nothing is lost: after any history every recipient ends in one state, and all lists agree."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from waypost_sandbox.activity.noting import note_event
from waypost_sandbox.analytics.state import count_by_date
from waypost_sandbox.control.seeding import seed_account
from waypost_sandbox.delivery import PATTERNS
from waypost_sandbox.due import settle
from waypost_sandbox.email.accepting import accept_send
from waypost_sandbox.shapes.domain import count_statuses
from waypost_sandbox.wire.times import parse_time
from waypost_sandbox.world.account import Account
from waypost_sandbox.world.universe import Universe

START = parse_time("2026-03-10T12:00:00Z")
FINAL = ("delivered", "hard_bounced", "soft_bounced", "suppressed")
NAMES = [*PATTERNS, "ada", "bob"]

SENDS = st.tuples(
    st.just("send"), st.lists(st.sampled_from(NAMES), min_size=1, max_size=4, unique=True)
)
TURNS = st.tuples(st.just("turn"), st.sampled_from([0.1, 3, 61, 400, 90_000, 300_000]))
PAUSES = st.tuples(st.just("pause"), st.booleans())
READS = st.tuples(st.just("read"), st.sampled_from(["opened", "clicked"]))
HISTORIES = st.lists(st.one_of(SENDS, SENDS, TURNS, TURNS, PAUSES, READS), max_size=40)


def make_account() -> Account:
    account = Universe(rate_limits="off").first
    account.clock.freeze(START)
    hook = {"url": "https://example.com/hook", "events": ["activity.sent", "activity.delivered"]}
    seed_account(account, {"domains": [{"name": "shop.test"}], "webhooks": [hook]})
    return account


def live(account: Account, history: list[tuple[str, object]]) -> int:
    """Let a history happen and return how many recipients were accepted."""
    accepted = 0
    (domain,) = account.domains.values()
    for kind, value in history:
        if kind == "send" and isinstance(value, list):
            body = {
                "from": {"email": "a@shop.test"},
                "to": [{"email": f"{name}@b.test"} for name in value],
                "subject": "x",
                "text": "y",
            }
            accepted += len(value) if accept_send(account, body).message else 0
        elif kind == "turn" and isinstance(value, int | float):
            account.clock.advance(value)
            settle(account)
        elif kind == "pause":
            from waypost_sandbox.domains.state import update_settings

            update_settings(account, domain, {"send_paused": value})
        elif kind == "read" and account.emails:
            email = list(account.emails.values())[-1]
            if email.status == "delivered":
                note_event(account, email, str(value))
    from waypost_sandbox.domains.state import update_settings

    update_settings(account, domain, {"send_paused": False})
    account.clock.advance(timedelta(days=10).total_seconds())
    settle(account)
    return accepted


@settings(max_examples=60, deadline=None)
@given(HISTORIES)
def test_everyone_ends_in_exactly_one_state(history: list[tuple[str, object]]) -> None:
    account = make_account()
    accepted = live(account, history)
    assert len(account.emails) == accepted
    ends: dict[str, list[str]] = {email_id: [] for email_id in account.emails}
    for activity in account.activities.values():
        if activity.type in FINAL:
            ends[activity.email_id].append(activity.type)
    for email_id, found in ends.items():
        assert len(found) == 1, found
        wanted = "delivered" if found == ["delivered"] else "rejected"
        assert account.emails[email_id].status == wanted
    listed = [email_id for message in account.messages.values() for email_id in message.email_ids]
    assert sorted(listed) == sorted(account.emails)
    sent = {key for key, email in account.emails.items() if email.suppression_reason is None}
    assert sent == set(account.letters)


@settings(max_examples=60, deadline=None)
@given(HISTORIES)
def test_every_view_counts_the_same(history: list[tuple[str, object]]) -> None:
    account = make_account()
    live(account, history)
    (domain,) = account.domains.values()
    by_type = Counter(activity.type for activity in account.activities.values())
    stats = count_statuses(account, domain)
    assert stats["delivered"] == by_type["delivered"]
    assert stats["total"] == len(account.emails)
    query = {
        "date_from": str(int(START.timestamp()) - 86_400),
        "date_to": str(int(account.now().timestamp())),
        "event": ["sent", "delivered", "hard_bounced", "soft_bounced", "opened", "clicked"],
    }
    rows = count_by_date(account, query)["stats"]
    for event in query["event"]:
        assert sum(row[event] for row in rows) == by_type[event], event
    told = Counter(delivery.event for delivery in account.deliveries.values())
    assert told["activity.sent"] == by_type["sent"]
    assert told["activity.delivered"] == by_type["delivered"]
