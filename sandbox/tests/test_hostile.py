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


@pytest.mark.parametrize(
    "moment",
    [
        "²",
        "--5",
        "1e5",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "253402300799",
        "-62135596800",
        "9" * 400,
    ],
)
def test_no_strange_time_breaks_it(world: World, moment: str) -> None:
    for path in (
        "/activity/65qngkdovk8lwr12",
        "/analytics/date",
        "/analytics/country",
        "/sms-activity",
        "/whatsapp/items",
        "/emails",
    ):
        for name in ("date_from", "date_to"):
            query = {"date_from": "1773100000", "date_to": "1773140000", "event[]": "sent"}
            query |= {"domain_id": "65qngkdovk8lwr12", name: moment}
            answer = world.api("GET", path, params=query)
            assert answer.status_code < 500, (path, name, answer.text)
    answer = world.send(send_at=moment)
    assert answer.status_code == 422
    assert list(answer.json()["errors"]) == ["send_at"]


def test_huge_numbers_are_no_times(world: World) -> None:
    answer = world.api("POST", "/email", content=b'{"send_at": 1' + b"0" * 400 + b"}")
    assert "send_at" in answer.json()["errors"]


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_what_only_python_takes_for_json_is_a_syntax_error(world: World, number: str) -> None:
    answer = world.api("POST", "/email", content=b'{"send_at": %s}' % number.encode())
    assert answer.status_code == 422
    assert answer.json()["message"].endswith("#MS42227")


@pytest.mark.parametrize(("depth", "code"), [(505, None), (520, "#MS42228"), (30_000, "#MS42228")])
def test_deep_data_is_rendered_or_refused(world: World, depth: int, code: str | None) -> None:
    body = {**make_email(), "html": "<p>{{ a }}</p>"}
    body["personalization"] = [{"email": "ada@customer.test", "data": "HERE"}]
    deep = '{"a":' * depth + "[1]" + "}" * depth
    answer = world.api("POST", "/email", content=json.dumps(body).replace('"HERE"', deep))
    if code is None:
        assert answer.status_code == 202
        world.advance(10)
        assert world.control("GET", f"/outbox/{answer.headers['x-message-id']}")
    else:
        assert answer.status_code == 422
        assert answer.json()["message"].endswith(code)


@pytest.mark.parametrize(
    "html",
    ["<a " * 600_000, "{{" * 900_000, "{% " * 600_000, "<x" * 900_000, "<body " * 300_000],
    ids=["links", "prints", "tags", "angles", "bodies"],
)
def test_no_text_takes_long(world: World, html: str) -> None:
    person = {"email": "ada@customer.test", "data": {"x": html[:1_000_000]}}
    for body in ({"html": html}, {"html": html, "text": None, "personalization": [person]}):
        answer = world.send(**body)
        assert answer.status_code in (202, 422)
        world.advance(3)
    world.send(html="{{ x }}", personalization=[person])
    world.advance(3)


PATTERNS_THAT_EXPLODE = ["(a+)+$", "(a|a)*b", "(a|aa)+!", "((a*)*)*c", "(.*)(.*)(.*)(.*)(.*)d"]


def test_a_seeded_pattern_that_is_none_fits_nobody(world: World) -> None:
    world.seed(blocklist=[{"type": "pattern", "pattern": "("}])
    assert world.send().status_code == 202


def test_no_pattern_takes_long(world: World) -> None:
    patterns = {"patterns": PATTERNS_THAT_EXPLODE, "domain_id": "65qngkdovk8lwr12"}
    assert world.api("POST", "/suppressions/blocklist", json=patterns).status_code == 201
    answer = world.api("POST", "/email", json=make_email("a" * 60 + "@customer.test"))
    assert answer.status_code == 202


@pytest.mark.parametrize(
    "pattern", ["(a)\\1", "(?=a)b", "(?<!a)b", "a{1,9999999}", "(", "[z-a]", "*"]
)
def test_patterns_that_no_list_can_hold_are_refused(world: World, pattern: str) -> None:
    answer = world.api("POST", "/suppressions/blocklist", json={"patterns": [pattern]})
    assert answer.status_code == 422
    assert list(answer.json()["errors"]) == ["patterns.0"]


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("application/json; charset=utf-8", 202),
        ("application/vnd.api+json", 202),
        (None, 202),
        ("text/plain", 422),
        ("application/xml", 422),
        ("application/x-www-form-urlencoded", 422),
        ("multipart/form-data; boundary=x", 422),
        ("nonsense", 422),
        ("", 202),
    ],
)
def test_a_body_is_read_as_its_type_says(world: World, kind: str | None, status: int) -> None:
    headers = {} if kind is None else {"content-type": kind}
    answer = world.api("POST", "/email", content=json.dumps(make_email()), headers=headers)
    assert answer.status_code == status
    if status == 422:
        assert "from.email" in answer.json()["errors"]


def test_a_form_is_read_as_php_reads_one(world: World) -> None:
    made = world.api("POST", "/domains", data={"name": "form.test"})
    assert made.status_code == 201
    fields = {"name": "Mailer", "scopes[]": "email_full"}
    assert world.api("POST", "/token", data=fields).status_code == 200


@pytest.mark.parametrize("place", ["to", "from"])
def test_no_line_break_ends_an_address(world: World, place: str) -> None:
    person = {"email": "a@shop.test\n"}
    answer = world.send(**{place: person if place == "from" else [person]})
    assert answer.status_code == 422
    assert world.api("POST", "/domains", json={"name": "b.test\n"}).status_code == 422


@pytest.mark.parametrize(
    "body",
    [b'{"subject": "\\ud800"}', b'{"subject": "\xed\xa0\x80"}', b'{"\\udfff": 1}', b'["\xff"]'],
)
def test_what_is_no_text_is_not_decoded(world: World, body: bytes) -> None:
    for path in ("/email", "/bulk-email", "/domains"):
        answer = world.api("POST", path, content=body)
        assert answer.status_code == 422
        assert answer.json()["message"].endswith("#MS42228")
    pair = b'{"name": "\\ud83d\\ude00.test"}'
    assert "errors" in world.api("POST", "/domains", content=pair).json()


def test_a_body_over_the_limit_is_too_large(world: World) -> None:
    answer = world.api("POST", "/bulk-email", content=b" " * (50 * 1024 * 1024 + 1))
    assert answer.status_code == 413
    assert world.api("GET", "/domains").status_code == 200
