"""Messages are recognised by who, to whom, what about and when."""

import hashlib

import pytest

from waypost.engine.manifest.sending import Sending, SentRow
from waypost.engine.manifest.strict import checked_json
from waypost.engine.sending import Message, pluck, read_listed, read_messages

MAIL = checked_json(
    Sending,
    '{"from": "from.email", "to": ["to.email", "cc.email"], "subject": "subject",'
    ' "template": "template_id", "text": "text"}',
)
PLAIN = checked_json(Sending, '{"batch": true, "from": "from", "to": ["to"]}')
ROW = checked_json(
    SentRow,
    '{"id": "message_id", "from": "from", "to": ["to"], "subject": "subject", "at": "created_at"}',
)


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize(
    ("value", "path", "found"),
    [
        ({"a": {"b": 1}}, "a.b", [1]),
        ({"a": [{"b": 1}, {"b": [2, 3]}, {"c": 4}, 5]}, "a.b", [1, 2, 3]),
        ([{"a": 1}, {"a": 2}], "a", [1, 2]),
        ({"a": None}, "a", [None]),
        (None, "a.b", []),
        ("text", "a", []),
    ],
)
def test_paths_go_through_lists(value: object, path: str, found: list[object]) -> None:
    assert list(pluck(value, path)) == found


def test_a_message_is_read_from_its_body() -> None:
    body = {
        "from": {"email": "Orders@Mail.Orchard.Test", "name": "Orchard"},
        "to": [{"email": "nia@example.com"}, {"email": "NIA@example.com"}],
        "cc": [{"email": "Tomas <tomas@example.com>"}],
        "subject": " Apples ",
        "template_id": 7,
        "text": "Ripe.",
    }
    [message] = read_messages(MAIL, body)
    assert message == Message(
        "orders@mail.orchard.test",
        ("nia@example.com", "tomas@example.com"),
        digest("Apples"),
        "7",
        digest("Ripe."),
    )


@pytest.mark.parametrize("subject", ["Hello {{ name }}", "Hello {$name}", "{% if x %}a{% endif %}"])
def test_what_the_provider_fills_in_is_not_compared(subject: str) -> None:
    [message] = read_messages(MAIL, {"subject": subject})
    assert message.subject is None


@pytest.mark.parametrize("body", [None, [], "text", 7, {"from": "x", "to": {"email": 3}}])
def test_any_body_is_some_message(body: object) -> None:
    assert read_messages(MAIL, body) == [Message()]


def test_a_batch_is_many_messages_and_numbers_are_digits() -> None:
    body = [{"from": "+1 (202) 555-0143", "to": "12025550188"}, {"to": ["+12025550199", ""]}]
    first, second = read_messages(PLAIN, body)
    assert first == Message("12025550143", ("12025550188",), is_in_batch=True)
    assert second == Message(None, ("12025550199",), is_in_batch=True)


def test_rows_with_one_id_are_one_message() -> None:
    rows = [
        {"message_id": "m1", "from": "a@x.test", "to": "b@x.test", "subject": "S"}
        | {"created_at": "2026-11-18T12:00:00.000000Z"},
        {"message_id": "m1", "from": "a@x.test", "to": "c@x.test", "subject": "S"},
        {"message_id": "m2", "to": "b@x.test", "created_at": 1794916800},
        {"to": "nobody@x.test"},
        "no row",
    ]
    first, second = read_listed(ROW, rows)
    assert (first.id, first.message.recipients) == ("m1", ("b@x.test", "c@x.test"))
    assert first.at == 1795003200.0
    assert (second.id, second.message.subject, second.at) == ("m2", None, 1794916800.0)


@pytest.mark.parametrize("at", [None, True, "yesterday", {}, "2026-11-18"])
def test_a_moment_is_told_or_not(at: object) -> None:
    [row] = read_listed(ROW, [{"message_id": "m", "created_at": at}])
    assert row.at == (1794960000.0 if at == "2026-11-18" else None)


def test_an_object_in_a_lists_place_hides_nobody() -> None:
    """PHP reads a JSON object, and a form's `to[x][email]`, as it reads a list."""
    sending = checked_json(Sending, '{"batch": false, "to": ["to.email"]}')
    for to in ([{"email": "nia@y.test"}], {"x": {"email": "nia@y.test"}}, {"email": "nia@y.test"}):
        [message] = read_messages(sending, {"to": to})
        assert message.recipients == ("nia@y.test",)
