"""Nonsense in every place is refused or ignored; it never breaks the server."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from sandbox.tests.world import World, make_email

NONSENSE: list[Any] = [
    None,
    -1,
    1.5,
    True,
    "",
    "x",
    [],
    {},
    [None],
    [[]],
    [{}],
    {"email": []},
    [{"email": {}, "data": 5}],
    10**20,
]
FULL = {
    **make_email(),
    "cc": [{"email": "c@b.test"}],
    "reply_to": {"email": "r@b.test"},
    "template_id": None,
    "language": "de",
    "attachments": [{"filename": "a.txt", "content": "aGk=", "disposition": "inline", "id": "1"}],
    "tags": ["a"],
    "personalization": [{"email": "ada@customer.test", "data": {"a": {"b": [1]}}}],
    "precedence_bulk": True,
    "send_at": None,
    "in_reply_to": "x",
    "references": ["x"],
    "settings": {"track_clicks": True},
    "headers": [{"name": "X-A", "value": "1"}],
    "list_unsubscribe": "x",
}
BODIES = [
    ("POST", "/domains", {"name": "q.test", "return_path_subdomain": "a"}),
    ("POST", "/token", {"name": "a", "scopes": ["email_full"], "domain_id": "x"}),
    ("POST", "/users", {"email": "q@q.test", "role": "Custom User", "permissions": ["x"]}),
    ("PUT", "/users/x", {"role": "Admin", "templates": ["x"], "domains": ["x"]}),
    ("POST", "/templates", {"html": "x", "text": "x", "domain_id": "x", "tags": ["x"]}),
    ("POST", "/webhooks", {"url": "http://a", "name": "x", "events": ["x"], "domain_id": "x"}),
    ("POST", "/suppressions/blocklist", {"domain_id": "x", "recipients": [], "patterns": [""]}),
    ("POST", "/suppressions/unsubscribes", {"domain_id": "x", "recipients": ["a@b.test"]}),
    ("DELETE", "/suppressions/blocklist", {"ids": ["x"], "all": False, "domain_id": "x"}),
    ("PUT", "/domains/65qngkdovk8lwr12/settings", {"send_paused": 1, "track_unsubscribe_html": ""}),
]


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """List every place inside a body."""
    steps = value.items() if isinstance(value, dict) else enumerate(value)
    found: list[tuple[Any, ...]] = []
    for key, held in steps:
        found.append((*path, key))
        if isinstance(held, dict | list):
            found += places(held, (*path, key))
    return found


def spoil(body: Any, path: tuple[Any, ...], nonsense: Any) -> Any:
    spoiled = copy.deepcopy(body)
    holder = spoiled
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = copy.deepcopy(nonsense)
    return spoiled


def test_no_nonsense_in_a_send_breaks_it(world: World) -> None:
    for path in places(FULL):
        for nonsense in NONSENSE:
            body = spoil(FULL, path, nonsense)
            answer = world.api("POST", "/email", json=body)
            assert answer.status_code in (202, 422), (path, nonsense, answer.text)
    world.advance(60)
    assert world.control("GET", "/outbox")["data"]


@pytest.mark.parametrize(("method", "path", "body"), BODIES)
def test_no_nonsense_in_a_body_breaks_it(
    world: World, method: str, path: str, body: dict[str, Any]
) -> None:
    world.seed(account={"creation_throttle_seconds": 0})
    for place in places(body):
        for nonsense in NONSENSE:
            answer = world.api(method, path, json=spoil(body, place, nonsense))
            assert answer.status_code < 500, (place, nonsense, answer.text)


@pytest.mark.parametrize(
    "body", [b"", b"[]", b'"x"', b"5", b"null", b"{", b"\xff\xfe", b"[" * 20_000]
)
def test_no_body_breaks_it(world: World, body: bytes) -> None:
    for path in ("/email", "/bulk-email", "/domains", "/users", "/suppressions/blocklist"):
        assert world.api("POST", path, content=body).status_code in (400, 422)


def test_no_nonsense_in_the_control_plane_breaks_it(world: World) -> None:
    for nonsense in NONSENSE:
        for path, payload in (
            ("/seed", {"domains": nonsense}),
            ("/seed", {"domains": [{"name": nonsense, "created_at": nonsense}]}),
            ("/seed", {"account": nonsense}),
            ("/faults", [{"path": "zzz", "headers": nonsense, "delay_ms": nonsense}]),
            ("/events", {"type": "opened", "message_id": nonsense}),
            ("/clock", {"advance": nonsense}),
        ):
            answer = world.client.post(
                f"{world.root}/_sandbox{path}",
                params={"account": world.account_id},
                content=json.dumps(payload),
            )
            assert answer.status_code < 500, (path, payload, answer.text)


def test_no_nonsense_in_a_query_breaks_it(world: World) -> None:
    names = ("page", "limit", "domain_id", "date_from", "date_to", "event", "status", "subject")
    for path in (
        "/emails",
        "/domains",
        "/recipients",
        "/analytics/date",
        "/suppressions/blocklist",
    ):
        for name in names:
            for key in (name, f"{name}[]", f"{name}[a][b]"):
                for value in ("", "x", "-1", "9" * 20, "9999-12-31", "0001-01-01"):
                    query = {"date_from": "1773100000", "date_to": "1773140000", key: value}
                    answer = world.api("GET", path, params=query)
                    assert answer.status_code < 500, (path, key, value, answer.text)


def test_a_body_over_the_limit_is_too_large(world: World) -> None:
    answer = world.api("POST", "/bulk-email", content=b" " * (50 * 1024 * 1024 + 1))
    assert answer.status_code == 413
    assert world.api("GET", "/domains").status_code == 200
