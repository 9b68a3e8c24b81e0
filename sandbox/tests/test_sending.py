"""The validation table of POST /email, and what an accepted send becomes."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from sandbox.tests.world import World, make_email

LONG = "x" * 999
PDF = base64.b64encode(b"%PDF-1.4 hello").decode()
TEXT = base64.b64encode(b"hello").decode()


def attach(**changes: Any) -> list[dict[str, Any]]:
    return [{"filename": "a.txt", "content": TEXT, "disposition": "attachment", **changes}]


def people(count: int) -> list[dict[str, str]]:
    return [{"email": f"p{number}@customer.test"} for number in range(count)]


REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({"from": None}, "from.email", "The from.email field is required. #MS42209"),
    ({"from": "a@shop.test"}, "from.email", "The from.email field is required. #MS42209"),
    (
        {"from": {"email": "nonsense"}},
        "from.email",
        "The from.email must be a valid email address. #MS42208",
    ),
    (
        {"from": {"email": "a@elsewhere.test"}},
        "from.email",
        "The from.email domain must be verified in your account to send emails. #MS42207",
    ),
    (
        {"from": {"email": "a@new.test"}},
        "from.email",
        "The from.email domain must be verified in your account to send emails. #MS42207",
    ),
    ({"to": None}, "to", "The to field is required. #MS42209"),
    ({"to": []}, "to", "The to field is required. #MS42209"),
    ({"to": ["a@b.test"]}, "to.0.email", "The to.0.email field is required. #MS42209"),
    (
        {"to": [{"email": "a@b.test"}, {"email": "nope"}]},
        "to.1.email",
        "The to.1.email must be a valid email address. #MS42208",
    ),
    ({"to": people(51)}, "to", "The to recipient limit is exceeded. #MS42205"),
    ({"cc": people(11)}, "cc", "The cc recipient limit is exceeded. #MS42205"),
    ({"bcc": people(11)}, "bcc", "The bcc recipient limit is exceeded. #MS42205"),
    (
        {"to": [{"email": "a@b.test"}, {"email": "A@b.test"}]},
        "to",
        "A@b.test is duplicated in the to recipients list. #MS42201",
    ),
    (
        {"reply_to": {"email": "x"}},
        "reply_to.email",
        # Underscores become spaces in names, as recorded; dots stay.
        "The reply to.email must be a valid email address. #MS42208",
    ),
    ({"subject": None}, "subject", "The subject field is required. #MS42209"),
    ({"subject": 5}, "subject", "The subject must be a string. #MS42221"),
    (
        {"subject": LONG},
        "subject",
        "The subject must not be greater than 998 characters.",
    ),
    ({"html": ["x"]}, "html", "The html must be a string. #MS42221"),
    (
        {"attachments": attach(content="not base64!")},
        "attachments.0.content",
        "The attachment content must be a Base64 encoded string. #MS42215",
    ),
    (
        {"attachments": attach(filename="run.exe")},
        "attachments.0.filename",
        "This file type is not supported. #MS42210",
    ),
    (
        {"attachments": attach(filename="a.png", content=PDF)},
        "attachments.0.filename",
        "The attachment file name and content type do not match. #MS42202",
    ),
    (
        {"attachments": attach(disposition="beside")},
        "attachments.0.disposition",
        "The selected attachments.0.disposition is invalid.",
    ),
    ({"tags": ["a"] * 6}, "tags", "The tags must not have more than 5 items."),
    ({"tags": "a"}, "tags", "The tags must be an array."),
    ({"tags": ["a" * 192]}, "tags.0", "The tags.0 must not be greater than 191 characters."),
    (
        {"personalization": [{"email": "other@b.test", "data": {"a": 1}}]},
        "personalization.0.email",
        "The personalization.0.email must be one of the recipients. #MS42217",
    ),
    (
        {
            "personalization": [
                {
                    "email": "ada@customer.test",
                    "data": {"invalid.pers2": 1, "invalid.pers1": 2},
                }
            ]
        },
        "personalization.0.data",
        "The personalization.0.data contains array keys with dot notation: "
        "invalid.pers2, invalid.pers1",
    ),
    (
        {
            "html": "{{ name",
            "personalization": [{"email": "ada@customer.test", "data": {"name": 1}}],
        },
        "html",
        "The value you provided in html failed to compile. "
        "Please check the submitted text/html. #MS42213",
    ),
    ({"send_at": "soon"}, "send_at", "The send_at must be a valid Unix timestamp. #MS42218"),
    ({"send_at": 1773140000}, "send_at", "The send_at must be a date in the future. #MS42219"),
    (
        {"send_at": 1773403201},
        "send_at",
        "The send_at must be a date before or equal to 2026-03-13 12:00:00.",
    ),
    (
        {"headers": [{"name": "X Bad", "value": "1"}]},
        "headers.0.name",
        "The headers.0.name may only contain alphanumeric characters and hyphens. #MS42220",
    ),
    ({"template_id": "nothing"}, "template_id", "The selected template id is invalid."),
    ({"language": "xx"}, "language", "The selected language is invalid."),
    (
        {"settings": {"track_opens": "maybe"}},
        "settings.track_opens",
        "The settings.track opens field must be true or false.",
    ),
    (
        {"list_unsubscribe": "x" * 991},
        "list_unsubscribe",
        "The list unsubscribe must not be greater than 990 characters.",
    ),
]


@pytest.mark.parametrize(("changes", "field", "text"), REFUSED)
def test_a_wrong_send_is_refused_in_their_words(
    world: World, changes: dict[str, Any], field: str, text: str
) -> None:
    answer = world.send(**changes)
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"] == {field: [text]}
    assert answer.json()["message"] == text


def test_the_message_counts_the_other_errors(world: World) -> None:
    two = world.send(**{"from": None, "subject": None}).json()
    assert two["message"] == "The from.email field is required. #MS42209 (and 1 more error)"
    none = world.send(text=None, html=None).json()
    text = "You must provide one of html, text or template_id. #MS42211"
    assert none["message"] == f"{text} (and 2 more errors)"
    assert none["errors"] == {"html": [text], "text": [text], "template_id": [text]}


def test_unknown_body_keys_are_ignored(world: World) -> None:
    assert world.send(unheard_of=1).status_code == 202


def test_broken_json_has_a_code(world: World) -> None:
    answer = world.api("POST", "/email", content=b"{", headers={"Content-Type": "application/json"})
    assert answer.status_code == 422
    assert answer.json()["message"].endswith("#MS42227")


def test_attachments_over_25_mb_are_refused(world: World) -> None:
    large = base64.b64encode(bytes(25 * 1024 * 1024)).decode()
    answer = world.send(attachments=attach() + attach(content=large))
    assert answer.json()["errors"] == {
        "attachments.1.content": [
            "The attachments.1.content size exceeds the threshold of 25 MB. #MS42206"
        ]
    }


def test_subdomains_and_verified_identities_may_send(world: World) -> None:
    world.seed(
        identities=[
            {
                "email": "boss@gmail.test",
                "is_verified": True,
                "domain": {"id": world.domains["shop.test"]},
            }
        ]
    )
    assert world.send(**{"from": {"email": "a@sub.shop.test"}}).status_code == 202
    assert world.send(**{"from": {"email": "boss@gmail.test"}}).status_code == 202


def test_a_domain_may_ignore_duplicates(world: World) -> None:
    path = f"/domains/{world.domains['shop.test']}/settings"
    world.api("PUT", path, json={"ignore_duplicated_recipients": True})
    twice = [{"email": "a@b.test"}, {"email": "a@b.test"}]
    message_id = world.send(to=twice).headers["x-message-id"]
    message = world.api("GET", f"/messages/{message_id}").json()["data"]
    assert len(message["emails"]) == 1


@pytest.mark.parametrize(
    ("settings", "changes", "code"),
    [
        ({"approved": False}, {"to": people(11)}, "#MS42205"),
        ({"approved": False}, {"cc": people(2)}, "#MS42205"),
        ({"plan": "Starter"}, {"headers": [{"name": "X-A", "value": "1"}]}, "#MS42216"),
        ({"plan": "Starter"}, {"list_unsubscribe": "<mailto:x@shop.test>"}, "#MS42216"),
        ({"plan": "Trial"}, {"in_reply_to": "x@shop.test"}, "#MS42216"),
        ({"plan": "Trial", "admin_email": "me@shop.test"}, {}, "#MS42225"),
        ({"plan": "Trial", "features": {"trial_to": 50}}, {"to": people(11)}, "#MS42225"),
        ({"plan": "Trial"}, {"to": people(11), "cc": people(1)}, "more error)"),
        ({"features": {"email_quota": 0}}, {}, "#MS42204"),
    ],
)
def test_plans_and_reviews_limit_sends(
    world: World, settings: dict[str, Any], changes: dict[str, Any], code: str
) -> None:
    world.seed(account=settings)
    answer = world.send(**changes)
    assert answer.status_code == 422, answer.text
    assert answer.json()["message"].endswith(code)


def test_an_accepted_send_answers_empty_with_an_id(world: World) -> None:
    answer = world.send()
    assert answer.status_code == 202
    assert answer.content == b""
    assert answer.headers["content-type"] == "text/html; charset=UTF-8"
    assert len(answer.headers["x-message-id"]) == 24
    assert "x-send-paused" not in answer.headers


def test_a_paused_domain_holds_messages_until_it_is_unpaused(world: World) -> None:
    path = f"/domains/{world.domains['shop.test']}"
    world.api("PUT", f"{path}/settings", json={"send_paused": True})
    answer = world.send()
    assert answer.headers["x-send-paused"] == "true"
    world.advance(60)
    assert world.control("GET", "/outbox")["data"] == []
    domain = world.api("GET", path).json()["data"]
    assert domain["has_not_queued_messages"] is True
    assert domain["not_queued_messages_count"] == 1
    world.api("PUT", f"{path}/settings", json={"send_paused": False})
    world.advance(60)
    assert len(world.control("GET", "/outbox")["data"]) == 1


def test_suppressed_recipients_are_warned_about(world: World) -> None:
    domain_id = world.domains["shop.test"]
    world.seed(
        blocklist=[{"pattern": "bad@b.test"}, {"type": "pattern", "pattern": ".*@spam.test"}],
        unsubscribes=[{"email": "gone@b.test", "domain_id": domain_id}],
    )
    some = world.send(
        to=[{"email": "ok@b.test"}, {"email": "bad@b.test", "name": "Bad"}],
        cc=[{"email": "gone@b.test"}],
    )
    assert some.status_code == 202
    assert some.json() == {
        "message": "There are some warnings for your request.",
        "warnings": [
            {
                "type": "SOME_SUPPRESSED",
                "warning": "Some of the recipients have been suppressed.",
                "recipients": [
                    {"email": "bad@b.test", "name": "Bad", "reasons": ["blocklisted"]},
                    {"email": "gone@b.test", "name": None, "reasons": ["unsubscribed"]},
                ],
            }
        ],
    }
    world.advance(10)
    assert [row["recipient"] for row in world.control("GET", "/outbox")["data"]] == ["ok@b.test"]
    everyone = world.send(to=[{"email": "x@spam.test"}])
    assert everyone.status_code == 202
    assert everyone.json()["warnings"][0]["type"] == "ALL_SUPPRESSED"
    assert "x-message-id" not in everyone.headers


def test_templates_and_personalization_are_rendered(world: World) -> None:
    world.seed(
        templates=[
            {
                "id": "neqvygmmmkjg0p7w",
                "subject": "Dear {{ name }}",
                "html": "{% for item in items %}<b>{{ item.name|upper }}</b>{% endfor %}"
                "{% if total > 10 %} large {{ total + 1 }}{% else %} small{% endif %}{{ nothing }}",
                "text": "{{ unsubscribe }}",
                "from": {"email": "orders@shop.test"},
            }
        ]
    )
    data = {"name": "Ada", "items": [{"name": "tea"}, {"name": "pot"}], "total": 12}
    body = {
        "to": [{"email": "ada@customer.test"}],
        "template_id": "neqvygmmmkjg0p7w",
        "personalization": [{"email": "ada@customer.test", "data": data}],
        "settings": {"track_opens": False},
    }
    answer = world.api("POST", "/email", json=body)
    assert answer.status_code == 202, answer.text
    world.advance(10)
    letter = world.control("GET", f"/outbox/{answer.headers['x-message-id']}")
    assert letter["subject"] == "Dear Ada"
    assert letter["html"] == "<b>TEA</b><b>POT</b> large 13"
    assert letter["text"].startswith(f"{world.root}/track/unsubscribe/")
    assert letter["headers"]["From"] == "orders@shop.test"


def test_the_outbox_holds_whole_letters(world: World) -> None:
    answer = world.send(
        cc=[{"email": "cc@b.test"}],
        bcc=[{"email": "bcc@b.test"}],
        reply_to={"email": "reply@shop.test", "name": "Reply"},
        attachments=attach(id="cid1"),
        headers=[{"name": "X-Order", "value": "7"}],
    )
    message_id = answer.headers["x-message-id"]
    world.advance(10)
    letter = world.control("GET", f"/outbox/{message_id}")
    assert [copy["recipient"] for copy in letter["copies"]] == [
        "ada@customer.test",
        "cc@b.test",
        "bcc@b.test",
    ]
    assert letter["headers"]["To"] == "Ada <ada@customer.test>"
    assert letter["headers"]["Cc"] == "cc@b.test"
    assert "bcc" not in str(letter["headers"]).lower()
    assert letter["headers"]["X-Order"] == "7"
    assert letter["headers"]["Message-ID"] == f"<{letter['email_id']}@mailersend.net>"
    assert letter["attachments"][0]["content"] == TEXT
    assert letter["attachments"][0]["size"] == 5


def test_a_bulk_send_is_worked_off_a_moment_later(world: World) -> None:
    items = [make_email(), {"from": "a", "to": ["b"], "subject": "x", "text": "y"}]
    taken = world.api("POST", "/bulk-email", json=items)
    assert taken.status_code == 202
    assert taken.json()["message"] == "The bulk email is being processed."
    path = f"/bulk-email/{taken.json()['bulk_email_id']}"
    first = world.api("GET", path).json()["data"]
    assert first["state"] == "queued"
    assert first["messages_id"] is None
    world.advance(2)
    done = world.api("GET", path).json()["data"]
    assert done["state"] == "completed"
    assert done["total_recipients_count"] == 2
    assert done["validation_errors_count"] == 1
    assert done["validation_errors"] == {
        "message.1": {
            "from.email": ["The from.email field is required. #MS42209"],
            "to.0.email": ["The to.0.email field is required. #MS42209"],
        }
    }
    assert len(done["messages_id"]) == 1


@pytest.mark.parametrize(
    ("payload", "status", "code"),
    [
        ({}, 400, "#MS40001"),
        ([], 422, "#MS42230"),
        (["x"], 422, "#MS42231"),
        ([{}] * 501, 422, "#MS42229"),
    ],
)
def test_a_malformed_bulk_is_refused(world: World, payload: Any, status: int, code: str) -> None:
    answer = world.api("POST", "/bulk-email", json=payload)
    assert answer.status_code == status
    assert code in answer.json()["message"]


def test_a_subdomain_of_its_own_is_closer_than_its_parent(world: World) -> None:
    world.seed(domains=[{"id": "3zxk54vkw1z4jy6v", "name": "news.shop.test"}])
    for sender, domain in (
        ("a@news.shop.test", "news.shop.test"),
        ("a@shop.test", "shop.test"),
        ("a@old.shop.test", "shop.test"),
    ):
        sent = world.send(**{"from": {"email": sender}})
        shown = world.api("GET", f"/messages/{sent.headers['x-message-id']}").json()["data"]
        assert shown["domain"]["name"] == domain
