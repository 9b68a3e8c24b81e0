"""The finished message: what a mail program reads in the outbox's raw form."""

from __future__ import annotations

import base64
import json
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sandbox.tests.inside import Inside
from sandbox.tests.world import World, make_email

from waypost_sandbox.mime import write_mime

PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)
OFF = {"track_opens": False, "track_clicks": False}


def read(world: World, message_id: str, recipient: str | None = None) -> EmailMessage:
    world.advance(10)
    params = {"account": world.account_id, "format": "raw"}
    if recipient:
        params["recipient"] = recipient
    answer = world.client.get(f"{world.root}/_sandbox/outbox/{message_id}", params=params)
    assert answer.headers["content-type"] == "message/rfc822"
    assert all(len(line) <= 998 for line in answer.content.split(b"\r\n"))
    message = message_from_bytes(answer.content, policy=default)
    assert isinstance(message, EmailMessage)
    assert not message.defects
    return message


def send(world: World, **changes: Any) -> str:
    answer = world.send(**{"settings": OFF, **changes})
    assert answer.status_code == 202, answer.text
    return answer.headers["x-message-id"]


def test_both_forms_stand_beside_each_other(world: World) -> None:
    message_id = send(world, text="Grüße\n.\nFrom here", html="<p>Grüße</p>", subject="Ω – é")
    message = read(world, message_id)
    assert message.get_content_type() == "multipart/alternative"
    plain, rich = message.get_body(("plain",)), message.get_body(("html",))
    assert plain is not None
    assert rich is not None
    assert plain.get_content().replace("\r", "") == "Grüße\n.\nFrom here\n"
    assert rich.get_content().strip() == "<p>Grüße</p>"
    assert message["Subject"] == "Ω – é"
    assert message["From"] == "Shop <hello@shop.test>"
    assert message["To"] == "Ada <ada@customer.test>"
    email = world.api("GET", f"/messages/{message_id}").json()["data"]["emails"][0]
    assert message["Message-ID"] == f"<{email['id']}@mailersend.net>"
    assert message["Date"].datetime.isoformat() == "2026-03-10T12:00:00+00:00"


def test_attachments_and_inline_images_are_where_they_belong(world: World) -> None:
    files = [
        {
            "filename": "logo.png",
            "content": base64.b64encode(PNG).decode(),
            "disposition": "inline",
            "id": "logo",
        },
        {
            "filename": "räksmörgås.txt",
            "content": base64.b64encode(b"hello\n").decode(),
            "disposition": "attachment",
        },
    ]
    message = read(world, send(world, html='<img src="cid:logo">', attachments=files))
    assert message.get_content_type() == "multipart/mixed"
    (attached,) = message.iter_attachments()
    assert attached.get_filename() == "räksmörgås.txt"
    assert attached.get_payload(decode=True) == b"hello\n"
    (image,) = [part for part in message.walk() if part.get_content_type() == "image/png"]
    assert image["Content-ID"] == "<logo>"
    assert image.get_content_disposition() == "inline"
    assert image.get_payload(decode=True) == PNG
    kinds = [part.get_content_type() for part in message.walk()]
    assert kinds == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "multipart/related",
        "text/html",
        "image/png",
        "text/plain",
    ]


def test_headers_that_a_send_asks_for(world: World) -> None:
    message_id = send(
        world,
        reply_to={"email": "help@shop.test", "name": "Help"},
        cc=[{"email": "cc@b.test"}],
        bcc=[{"email": "hidden@b.test"}],
        in_reply_to="first@b.test",
        references=["<zero@b.test>", "first@b.test"],
        list_unsubscribe="<https://shop.test/out>, <mailto:out@shop.test>",
        precedence_bulk=True,
        headers=[{"name": "X-Order", "value": "7\r\nBcc: evil@b.test"}],
    )
    message = read(world, message_id, "hidden@b.test")
    assert message["Reply-To"] == "Help <help@shop.test>"
    assert message["Cc"] == "cc@b.test"
    assert message["Bcc"] is None
    assert message["In-Reply-To"] == "<first@b.test>"
    assert message["References"] == "<zero@b.test> <first@b.test>"
    assert message["List-Unsubscribe"] == "<https://shop.test/out>, <mailto:out@shop.test>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["Precedence"] == "bulk"
    assert message["X-Order"] == "7 Bcc: evil@b.test"


def test_each_recipient_has_a_copy_of_their_own(world: World) -> None:
    message_id = send(
        world,
        to=[{"email": "a@b.test"}, {"email": "c@b.test"}],
        text="Hi {{ name }}",
        personalization=[
            {"email": "a@b.test", "data": {"name": "A"}},
            {"email": "c@b.test", "data": {"name": "C"}},
        ],
    )
    one, other = read(world, message_id, "a@b.test"), read(world, message_id, "c@b.test")
    bodies = [message.get_body(("plain",)) for message in (one, other)]
    assert [body.get_content().strip() for body in bodies if body] == ["Hi A", "Hi C"]
    assert one["Message-ID"] != other["Message-ID"]
    assert one["To"] == other["To"] == "a@b.test, c@b.test"


def test_a_raw_copy_reads_the_same_each_time(world: World) -> None:
    message_id = send(world)
    assert read(world, message_id).as_bytes() == read(world, message_id).as_bytes()
    params = {"account": world.account_id, "format": "raw", "recipient": "x@y.test"}
    answer = world.client.get(f"{world.root}/_sandbox/outbox/{message_id}", params=params)
    assert answer.status_code == 404


@pytest.mark.parametrize("text", ["a\x00b", "x" * 5000, "é" * 3000, "\r\n.\r\n"])
def test_strange_text_still_makes_a_message(world: World, text: str) -> None:
    texts = {"subject": text[:900], "text": text, "html": f"<p>{text}</p>"}
    body = json.dumps({**make_email(), **texts, "settings": OFF}).encode("ascii")
    answer = world.api("POST", "/email", content=body)
    assert answer.status_code == 202, answer.text
    read(world, answer.headers["x-message-id"])


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.sampled_from(
    [
        "a\x85b",
        "a\u2028b",
        "a\x0bb\x0c",
        "\x1c",
        "\r\nBcc: x@y.test",
        "=?utf-8?q?x?=",
        "=?utf-8?q?=0A?=",
        "a\n\x80",
        "ü" * 300,
    ]
)


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_any_text_makes_a_message_with_its_headers_in_place(data: st.DataObject) -> None:
    world = Inside()

    def text() -> str:
        return data.draw(TEXTS)

    body = {
        "from": {"email": "hello@shop.test", "name": text().replace(",", "").replace(";", "")},
        "to": [{"email": "ada@b.test"}],
        "reply_to": {"email": "r@b.test", "name": text().replace(",", "").replace(";", "")},
        "subject": text() or "x",
        "text": text() or "x",
        "html": text() or "x",
        "attachments": [
            {
                "filename": f"{text()}.txt",
                "content": "aGk=",
                "disposition": data.draw(st.sampled_from(["inline", "attachment"])),
                "id": text(),
            }
        ],
        "in_reply_to": text(),
        "references": [text() or "x"],
        "headers": [{"name": "X-A", "value": text() or "x"}],
        "list_unsubscribe": text(),
    }
    status, answer = world.ask("POST", "/email", body=body)
    assert status == 202, answer
    world.advance(10)
    (letter,) = world.account.letters.values()
    parsed = message_from_bytes(write_mime(letter), policy=default)
    assert parsed["Message-ID"] == f"<{letter.email_id}@mailersend.net>"
    assert parsed["Bcc"] is None
    assert [each.get_content() for each in parsed.iter_attachments()] or parsed.get_body()
