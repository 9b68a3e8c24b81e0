"""Laws: nothing breaks the server, pages add up, and every recipient ends exactly once."""

from __future__ import annotations

import copy
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sandbox.tests.inside import DOMAIN_ID, Inside

NOW = 1773144000
FEW = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
NUMBER = {"id": "v2gmoz7kq41xwlr9", "telephone_number": "+12025550143"}
TEMPLATE = {"id": "z7n3y4qx0m1gkr2p", "html": "<p>Hi</p>", "text": "Hi", "subject": "Hi"}
PERSON = {"email": "ada@customer.test", "name": "Ada"}
EMAIL: dict[str, Any] = {
    "from": {"email": "hello@shop.test", "name": "Shop"},
    "to": [PERSON],
    "subject": "Hello",
    "text": "Plain",
    "html": "<p>Rich</p>",
}
RULE = {"comparer": "equal", "value": "x"}
INBOUND: dict[str, Any] = {
    "domain_id": DOMAIN_ID,
    "name": "Replies",
    "domain_enabled": True,
    "inbound_domain": "in.shop.test",
    "inbound_priority": 5,
    "catch_filter": {"type": "catch_recipient", "filters": [RULE]},
    "catch_type": "all",
    "match_filter": {"type": "match_header", "filters": [{**RULE, "key": "X-A"}]},
    "match_type": "one",
    "forwards": [{"type": "webhook", "value": "https://hooks.example.com/in"}],
}
# A right body for every operation that takes one.
BODIES: dict[str, Any] = {
    "POST /email": EMAIL,
    "PUT /domains/{domain_id}/settings": {"send_paused": False},
    "POST /domains": {"name": "fresh.test"},
    "POST /domains/{domain_id}/smtp-users": {"name": "Office", "enabled": True},
    "PUT /domains/{domain_id}/smtp-users/{smtp_user_id}": {"name": "Office", "enabled": True},
    "POST /identities": {
        "domain_id": DOMAIN_ID,
        "email": "new@bakery.test",
        "name": "Ilse",
        "reply_to_email": "desk@bakery.test",
        "reply_to_name": "Desk",
        "add_note": True,
        "personal_note": "It is me",
    },
    "PUT /identities/{identity_id}": {"name": "Ilse"},
    "PUT /identities/email/{email}": {"name": "Ilse"},
    "POST /inbound": INBOUND,
    "PUT /inbound/{inbound_id}": INBOUND,
    "POST /suppressions/blocklist": {"recipients": ["a@b.test"], "patterns": [".*@b.test"]},
    "POST /suppressions/hard-bounces": {"domain_id": DOMAIN_ID, "recipients": ["a@b.test"]},
    "POST /suppressions/spam-complaints": {"domain_id": DOMAIN_ID, "recipients": ["a@b.test"]},
    "POST /suppressions/unsubscribes": {"domain_id": DOMAIN_ID, "recipients": ["a@b.test"]},
    "POST /templates": {"html": "<p>x</p>", "text": "x", "name": "Note", "tags": ["a"]},
    "PUT /templates/{template_id}": {"name": "Note", "tags": ["a"]},
    "POST /token": {"name": "Mailer", "scopes": ["email_full"]},
    "PUT /token/{token_id}": {"name": "Mailer", "status": "unpause"},
    "PUT /token/{token_id}/settings": {"status": "unpause"},
    "POST /webhooks": {
        "url": "https://hooks.example.com/mail",
        "name": "Hook",
        "events": ["activity.sent"],
        "domain_id": DOMAIN_ID,
        "enabled": True,
        "version": 2,
    },
    "PUT /webhooks/{webhook_id}": {"name": "Hook", "enabled": False},
    "POST /email-verification/verify": {"email": "a@b.test"},
    "POST /email-verification/verify-async": {"email": "a@b.test"},
    "POST /email-verification": {"name": "List", "emails": ["a@b.test"]},
    "POST /users": {
        "email": "new@shop.test",
        "role": "Custom User",
        "permissions": ["read-own-templates"],
        "templates": [],
        "domains": [DOMAIN_ID],
    },
    "PUT /users/{user_id}": {"role": "Custom User", "permissions": ["read-activity"]},
    "POST /sms": {"from": NUMBER["telephone_number"], "to": ["+12025550188"], "text": "Hi"},
    "PUT /sms-numbers/{sms_number_id}": {"paused": False},
    "PUT /sms-recipients/{sms_recipient_id}": {"status": "opt_out"},
    "POST /sms-webhooks": {
        "url": "https://hooks.example.com/sms",
        "name": "Hook",
        "events": ["sms.sent"],
        "sms_number_id": NUMBER["id"],
    },
    "PUT /sms-webhooks/{sms_webhook_id}": {"name": "Hook", "events": ["sms.sent"]},
    "POST /sms-inbounds": {
        "sms_number_id": NUMBER["id"],
        "name": "Answers",
        "forward_url": "https://hooks.example.com/in",
        "filter": RULE,
    },
    "PUT /sms-inbounds/{sms_inbound_id}": {"name": "Answers"},
    "POST /dmarc-monitoring": {"domain_id": DOMAIN_ID},
    "PUT /dmarc-monitoring/{monitor_id}": {"wanted_dmarc_record": "v=DMARC1; p=none"},
    "POST /blocklist-monitoring": {"address": "192.0.2.1", "name": "Main", "notify": True},
    "PUT /blocklist-monitoring/{monitor_id}": {"name": "Main", "notify": True},
    "POST /whatsapp/send": {
        "from": "12025550143",
        "to": ["12025550188"],
        "template_id": TEMPLATE["id"],
    },
}
IDS = {
    "domain_id": DOMAIN_ID,
    "smtp_user_id": "k4mvzq81lwxrpo3e",
    "identity_id": "3nx7kqlywj4rvz2m",
    "email": "ilse@bakery.test",
    "inbound_id": "w2mzkq9pe4lxr7vo",
    "template_id": TEMPLATE["id"],
    "token_id": "5e" * 40,
    "webhook_id": "l3vyz9m1qxwr0k4p",
    "user_id": "9vzjk4q7ylrmx2wo",
    "sms_number_id": NUMBER["id"],
    "sms_recipient_id": "6afee4c0c6ef372fe94f82a0",
    "sms_webhook_id": "m9xkqz2rw7lv4yo1",
    "sms_inbound_id": "o4lwvk8rz2yx7qm3",
}


def make_world() -> Inside:
    """Make a world in which every body above is right."""
    world = Inside()
    world.seed(
        templates=[TEMPLATE],
        tokens=[{"id": IDS["token_id"], "scopes": ["email_full"]}],
        users=[{"id": IDS["user_id"], "email": "old@shop.test"}],
        webhooks=[{"id": IDS["webhook_id"], "url": "https://hooks.example.com/old"}],
        identities=[{"id": IDS["identity_id"], "email": IDS["email"]}],
        inbounds=[{"id": IDS["inbound_id"], "name": "Old"}],
        smtp_users=[{"id": IDS["smtp_user_id"], "name": "Old"}],
        sms_numbers=[NUMBER],
        sms_recipients=[{"id": IDS["sms_recipient_id"], "number": "+12025550100"}],
        sms_webhooks=[{"id": IDS["sms_webhook_id"], "url": "https://hooks.example.com/s"}],
        sms_inbounds=[{"id": IDS["sms_inbound_id"], "forward_url": "https://hooks.example.com/i"}],
        whatsapp_templates=[TEMPLATE],
    )
    return world


def ask_for(world: Inside, operation: str, body: Any) -> tuple[int, Any]:
    """Send a body to an operation of that world."""
    method, _, path = operation.partition(" ")
    monitors = {
        "/dmarc-monitoring/": ("dmarc_monitors", {"id": "y7k1lx9vzr4qwom2"}),
        "/blocklist-monitoring/": (
            "blocklist_monitors",
            {"id": "y7k1lx9vzr4qwom2", "address": "192.0.2.9"},
        ),
    }
    for start, (kind, row) in monitors.items():
        if path.startswith(start):
            world.seed(**{kind: [row]})
    for name, value in {**IDS, "monitor_id": "y7k1lx9vzr4qwom2"}.items():
        path = path.replace(f"{{{name}}}", value)
    return world.ask(method, path, body=body)


@pytest.mark.parametrize("operation", BODIES)
def test_the_right_body_is_right(operation: str) -> None:
    status, answer = ask_for(make_world(), operation, BODIES[operation])
    assert status < 300, answer


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=12)
    | st.sampled_from(["a@b.test", DOMAIN_ID, "+12025550188", "{{ x }}", "{% if %}", "\ud800"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=6,
)


def places_of(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """List every place inside a body."""
    steps = value.items() if isinstance(value, dict) else enumerate(value)
    found: list[tuple[Any, ...]] = []
    for key, held in steps:
        found.append((*path, key))
        if isinstance(held, dict | list):
            found += places_of(held, (*path, key))
    return found


@FEW
@given(data=st.data())
@pytest.mark.parametrize("operation", BODIES)
def test_nothing_in_a_body_breaks_the_server(operation: str, data: st.DataObject) -> None:
    body = copy.deepcopy(BODIES[operation])
    place = data.draw(st.sampled_from(places_of(body)))
    holder = body
    for key in place[:-1]:
        holder = holder[key]
    holder[place[-1]] = data.draw(JSON)
    world = make_world()
    status, answer = ask_for(world, operation, body)
    assert status < 500
    if status == 422 and "errors" in answer:
        texts = [text for group in answer["errors"].values() for text in group]
        more = len(texts) - 1
        tail = "" if more == 0 else f" (and {more} more error{'s' if more > 1 else ''})"
        assert answer["message"] == texts[0] + tail
    # What was taken must not break what time then brings.
    world.advance(86_400)


@FEW
@given(body=JSON)
@pytest.mark.parametrize("operation", BODIES)
def test_no_body_breaks_the_server(operation: str, body: Any) -> None:
    status, _ = ask_for(make_world(), operation, body)
    assert status < 500


def load_rules(facts: Path) -> list[tuple[str, dict[str, Any]]]:
    """Return every documented rule of a body's field, by operation."""
    found = json.loads((facts / "mailersend" / "endpoints.json").read_text("utf-8"))
    return [
        (endpoint["id"], field)
        for endpoint in found
        for field in endpoint.get("body") or []
        if endpoint["id"] in BODIES
    ]


def break_rule(field: dict[str, Any], body: dict[str, Any]) -> list[tuple[str, Any]]:
    """Return what a documented rule forbids, each as a name and a body."""
    name, broken = field["name"], []
    held = body.get(name)
    if field.get("required"):
        without = {key: value for key, value in body.items() if key != name}
        broken += [("missing", without), ("null", {**body, name: None})]
    longest = field.get("max_length")
    if isinstance(longest, int) and isinstance(held, str):
        broken.append(("too long", {**body, name: "x" * (longest + 1)}))
    if field.get("enum") and isinstance(held, str):
        broken.append(("unknown value", {**body, name: "no such value"}))
    most = field.get("max_items")
    if isinstance(most, int) and isinstance(held, list):
        broken.append(("too many", {**body, name: held * (most + 1)}))
    for bound, step in (("min", -1), ("max", 1)):
        if isinstance(field.get(bound), int) and isinstance(held, int):
            broken.append((f"beyond {bound}", {**body, name: field[bound] + step}))
    for start, wrong in (("string", []), ("array", "x"), ("boolean", "maybe"), ("object", 5)):
        if str(field.get("type", "")).startswith(start) and name in body:
            broken.append((f"not a {start}", {**body, name: wrong}))
    return broken


def test_whatever_the_facts_forbid_is_refused(facts: Path) -> None:
    tried = 0
    accepted: list[str] = []
    for operation, field in load_rules(facts):
        for what, body in break_rule(field, BODIES[operation]):
            tried += 1
            status, answer = ask_for(make_world(), operation, body)
            keys = list(answer["errors"]) if status == 422 else []
            if not any(key.split(".")[0] == field["name"] for key in keys):
                accepted.append(f"{operation} {field['name']} {what}: {status} {keys}")
    assert not accepted, "\n".join(accepted)
    assert tried > 150


# Lists, how a row of each is seeded, and the least page size.
LISTS: dict[str, tuple[str, dict[str, Any], int]] = {
    "/domains": ("domains", {"name": "d{n}.test"}, 10),
    "/recipients": ("recipients", {"email": "p{n:03}@b.test"}, 10),
    "/messages": ("messages", {"subject": "{n}"}, 10),
    "/templates": ("templates", {"name": "{n}"}, 10),
    "/suppressions/hard-bounces": ("hard_bounces", {"email": "p{n}@b.test"}, 10),
    "/identities": ("identities", {"email": "p{n}@b.test"}, 10),
    "/inbound": ("inbounds", {"name": "{n}"}, 10),
    "/invites": ("invites", {"email": "p{n}@b.test"}, 10),
    "/token": ("tokens", {"name": "{n}"}, 10),
    "/sms-numbers": ("sms_numbers", {"telephone_number": "{n}"}, 10),
    "/sms-recipients": ("sms_recipients", {"number": "{n}"}, 10),
    "/email-verification": ("email_verifications", {"name": "{n}"}, 10),
    "/message-schedules": ("message_schedules", {"subject": "{n}"}, 10),
    "/blocklist-monitoring": ("blocklist_monitors", {"address": "192.0.2.{n}"}, 1),
    "/whatsapp/items": ("whatsapp_items", {"status": "sent"}, 1),
}


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(count=st.integers(0, 45), data=st.data())
@pytest.mark.parametrize("path", LISTS)
def test_pages_add_up(path: str, count: int, data: st.DataObject) -> None:
    kind, row, least = LISTS[path]
    world = Inside()
    world.seed(
        **{kind: [{k: v.format(n=n) for k, v in row.items()} for n in range(count)]},
    )
    total = count + (path == "/domains") + (path == "/token" and count == 0)
    limit = data.draw(st.integers(least, 100))
    seen: list[str] = []
    number = 1
    while True:
        query = [("page", str(number)), ("limit", str(limit))]
        status, page = world.ask("GET", path, query)
        assert status == 200
        ids = [item.get("id") or item["message_id"] for item in page["data"]]
        meta, links = page["meta"], page["links"]
        assert meta["current_page"] == number
        assert int(meta["per_page"]) == limit
        assert (meta["from"], meta["to"]) == (
            (len(seen) + 1, len(seen) + len(ids)) if ids else (None, None)
        )
        assert (links["prev"] is None) is (number == 1)
        assert meta.get("total", total) == total
        assert meta.get("last_page", max(1, -(-total // limit))) == max(1, -(-total // limit))
        seen += ids
        if links["next"] is None:
            break
        assert len(ids) == limit
        number += 1
    assert len(seen) == len(set(seen)) == total
    status, beyond = world.ask("GET", path, [("page", str(number + 1)), ("limit", str(limit))])
    assert (status, beyond["data"], beyond["links"]["next"]) == (200, [], None)


ADDRESSES = st.sampled_from(
    [
        "ada@b.test",
        "bob@b.test",
        "bounce+hard@b.test",
        "bounce+soft@b.test",
        "bounce+soft+2@b.test",
        "complain@b.test",
        "unsubscribe@b.test",
        "defer@b.test",
        "open@b.test",
        "click@b.test",
    ]
)
STEPS = st.one_of(
    st.tuples(st.just("send"), st.lists(ADDRESSES, min_size=1, max_size=4, unique=True)),
    st.tuples(st.just("bulk"), st.lists(ADDRESSES, min_size=1, max_size=4, unique=True)),
    st.tuples(st.just("later"), ADDRESSES),
    st.tuples(st.just("wait"), st.integers(1, 200_000)),
    st.tuples(st.just("pause"), st.booleans()),
    st.tuples(st.just("block"), ADDRESSES),
    st.tuples(st.just("forgive"), st.just(None)),
)


def take_step(world: Inside, step: tuple[str, Any]) -> int:
    """Do one thing; return how many recipients were accepted by it."""
    what, value = step
    if what in ("send", "bulk"):
        people = [{"email": address} for address in value]
        body = {**EMAIL, "to": people}
        if what == "bulk":
            before = len(world.account.emails)
            world.ask("POST", "/bulk-email", body=[body])
            world.advance(2)
            return len(world.account.emails) - before
        status, answer = world.ask("POST", "/email", body=body)
        assert status == 202
        return 0 if answer and "ALL_SUPPRESSED" in json.dumps(answer) else len(people)
    if what == "later":
        now = int(world.account.now().timestamp())
        body = {**EMAIL, "to": [{"email": value}], "send_at": now + 3600}
        _, answer = world.ask("POST", "/email", body=body)
        return 0 if answer and "ALL_SUPPRESSED" in json.dumps(answer) else 1
    if what == "wait":
        world.advance(value)
    elif what == "pause":
        world.ask("PUT", f"/domains/{DOMAIN_ID}/settings", body={"send_paused": value})
    elif what == "block":
        world.ask("POST", "/suppressions/blocklist", body={"recipients": [value]})
    else:
        for name in ("blocklist", "hard-bounces", "spam-complaints", "unsubscribes"):
            world.ask("DELETE", f"/suppressions/{name}", body={"all": True})
    return 0


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(history=st.lists(STEPS, max_size=14))
def test_every_accepted_recipient_ends_once_and_is_counted(history: list[tuple[str, Any]]) -> None:
    world = Inside()
    accepted = sum(take_step(world, step) for step in history)
    take_step(world, ("pause", False))
    world.advance(4 * 86_400)
    account = world.account
    assert len(account.emails) == accepted
    by_email: dict[str, Counter[str]] = {email_id: Counter() for email_id in account.emails}
    for activity in account.activities.values():
        by_email[activity.email_id][activity.type] += 1
    for email_id, counts in by_email.items():
        ends = {name: counts[name] for name in ENDS if counts[name]}
        assert sum(ends.values()) == 1, (email_id, counts)
        expected = "delivered" if "delivered" in ends else "rejected"
        assert account.emails[email_id].status == expected
        assert counts["queued"] == 1
        assert counts["sent"] == (0 if "suppressed" in ends else 1)
    _assert_counted(world)


ENDS = ("delivered", "hard_bounced", "soft_bounced", "suppressed")
COUNTED = (
    "queued",
    "sent",
    "delivered",
    "soft_bounced",
    "hard_bounced",
    "opened",
    "opened_unique",
    "clicked",
    "clicked_unique",
    "unsubscribed",
    "spam_complaints",
)


def _assert_counted(world: Inside) -> None:
    """Messages, emails, activities, domain and analytics tell one story."""
    account = world.account
    held = Counter(activity.type for activity in account.activities.values())
    end = int(account.now().timestamp())
    query = [("date_from", str(NOW)), ("date_to", str(end))]
    for group in ("days", "weeks", "months", "years"):
        events = [("event[]", name) for name in COUNTED]
        _, answer = world.ask("GET", "/analytics/date", [*query, ("group_by", group), *events])
        stats = answer["data"]["stats"]
        assert {name: sum(row[name] for row in stats) for name in COUNTED} == {
            name: held[name] for name in COUNTED
        }
    _, readers = world.ask("GET", "/analytics/country", query)
    assert sum(row["count"] for row in readers["data"]["stats"]) == held["opened"]
    _, domain = world.ask("GET", f"/domains/{DOMAIN_ID}")
    statuses = Counter(email.status for email in account.emails.values())
    shown = domain["data"]["domain_stats"]
    assert shown.pop("total") == len(account.emails)
    assert shown == {name: statuses[name] for name in shown}
    in_messages = [key for message in account.messages.values() for key in message.email_ids]
    assert sorted(in_messages) == sorted(account.emails)
