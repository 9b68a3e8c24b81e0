"""Inbound routing: mail over SMTP is filtered, and forwarded to webhooks and addresses."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator
from email import message_from_string
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

import pytest
from sandbox.tests.receiver import Receiver, run_receiver
from sandbox.tests.test_smtp import find_smtp
from sandbox.tests.world import World

PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)
SECRET = "S" * 32


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with run_receiver() as receiver:
        yield receiver


def add_route(world: World, url: str, **changes: Any) -> Any:
    world.advance(2)
    body = {
        "domain_id": world.domains["shop.test"],
        "name": "Support",
        "domain_enabled": False,
        "catch_filter": {"type": "catch_all"},
        "match_filter": {"type": "match_all"},
        "forwards": [{"type": "webhook", "value": url}],
        **changes,
    }
    answer = world.api("POST", "/inbound", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]


def make_mail(**headers: str) -> EmailMessage:
    message = EmailMessage()
    given = {
        "From": "Ada L <ada@customer.test>",
        "To": "Help <help@in.shop.test>",
        "Subject": "Größe",
        "Date": "Tue, 10 Mar 2026 11:00:00 +0000",
        **headers,
    }
    for name, value in given.items():
        message[name.replace("_", "-")] = value
    message.set_content("Which size?\n")
    return message


def deliver(
    world: World, message: EmailMessage | bytes, *to: str, sender: str = "ada@customer.test"
) -> tuple[int, str]:
    raw = message if isinstance(message, bytes) else message.as_bytes(policy=SMTP)
    with smtplib.SMTP(*find_smtp(world), timeout=5) as client:
        client.ehlo()
        client.mail(sender)
        for each in to:
            code, text = client.rcpt(each)
            if code != 250:
                return code, text.decode()
        code, text = client.data(raw)
    world.advance(0)
    return code, text.decode()


def test_a_mail_reaches_the_routes_webhook(world: World, receiver: Receiver) -> None:
    route = add_route(world, receiver.url)
    message = make_mail(Cc="Copy <copy@b.test>", X_Note="räksmörgås")
    message["Received"] = "from a by b"
    message["Received"] = "from b by c"
    message.add_alternative("<p>Which size? <img src='cid:i1'></p>", subtype="html")
    message.add_attachment(
        PNG, maintype="image", subtype="png", filename="a.png", disposition="inline", cid="<i1>"
    )
    code, text = deliver(world, message, route["address"])
    assert (code, text[:17]) == (250, "Message queued as")
    (told,) = receiver.bodies()
    assert receiver.received[-1].is_signed_with(route["forwards"][0]["secret"])
    assert list(told) == ["type", "inbound_id", "url", "created_at", "data"]
    assert told["type"] == "inbound.message"
    assert told["inbound_id"] == route["id"]
    assert told["url"] == receiver.url
    data = told["data"]
    assert data["object"] == "message"
    assert text.endswith(data["id"])
    check_people(data, route["address"])
    assert data["subject"] == "Größe"
    assert data["date"] == "Tue, 10 Mar 2026 11:00:00 +0000"
    assert data["headers"]["Received"] == ["from a by b", "from b by c"]
    assert data["headers"]["Subject"].startswith("=?utf-8?")
    assert data["headers"]["X-Envelope-From"] == "<ada@customer.test>"
    assert data["text"].strip() == "Which size?"
    assert data["html"].startswith("<p>")
    assert message_from_string(data["raw"])["To"] == "Help <help@in.shop.test>"
    (attached,) = data["attachments"]
    assert attached["content_id"] == "i1"
    assert attached["size"] == len(PNG)
    assert attached["content_disposition"] == "inline"
    assert data["spf_check"] == {"code": "+", "value": None}
    assert data["dkim_check"] is False


def check_people(data: dict[str, Any], address: str) -> None:
    assert data["recipients"] == {
        "rcptTo": [{"email": address}],
        "to": {
            "raw": "Help <help@in.shop.test>",
            "data": [{"email": "help@in.shop.test", "name": "Help"}],
        },
        "cc": {
            "raw": "Copy <copy@b.test>",
            "data": [{"email": "copy@b.test", "name": "Copy"}],
        },
    }
    assert data["from"] == {
        "email": "ada@customer.test",
        "name": "Ada L",
        "raw": "Ada L <ada@customer.test>",
    }
    assert data["sender"] == {"email": "ada@customer.test"}


def test_an_inbound_domain_catches_every_address(world: World, receiver: Receiver) -> None:
    add_route(
        world,
        receiver.url,
        domain_enabled=True,
        inbound_domain="in.shop.test",
        inbound_priority=10,
    )
    assert deliver(world, make_mail(), "Anyone@IN.shop.test")[0] == 250
    assert len(receiver.bodies()) == 1
    assert deliver(world, make_mail(), "anyone@elsewhere.test")[0] == 530


def one(kind: str, comparer: str, value: str, **rest: Any) -> dict[str, Any]:
    return {"type": kind, "filters": [{"comparer": comparer, "value": value, **rest}]}


FILTERS: list[tuple[dict[str, Any], bool]] = [
    ({"match_filter": one("match_sender", "equal", "ada@customer.test")}, True),
    ({"match_filter": one("match_sender", "not-equal", "ada@customer.test")}, False),
    ({"match_filter": one("match_sender", "contains", "CUSTOMER")}, True),
    ({"match_filter": one("match_sender", "not-contains", "bob")}, True),
    ({"match_filter": one("match_domain", "ends-with", ".test")}, True),
    ({"match_filter": one("match_domain", "not-ends-with", ".test")}, False),
    ({"match_filter": one("match_domain", "starts-with", "customer")}, True),
    ({"match_filter": one("match_header", "equal", "7", key="X-Order")}, True),
    ({"match_filter": one("match_header", "equal", "8", key="x-order")}, False),
    ({"match_filter": one("match_header", "not-starts-with", "9", key="X-Order")}, True),
    ({"catch_filter": one("catch_recipient", "equal", "help@in.shop.test")}, True),
    ({"catch_filter": one("catch_recipient", "equal", "help")}, True),
    ({"catch_filter": one("catch_recipient", "equal", "sales")}, False),
    ({"catch_filter": one("catch_recipient", "not-equal", "sales")}, True),
]
BOTH = {
    "match_filter": {
        "type": "match_sender",
        "filters": [
            {"comparer": "contains", "value": "ada"},
            {"comparer": "contains", "value": "bob"},
        ],
    }
}


@pytest.mark.parametrize(
    ("changes", "passes"),
    [*FILTERS, ({**BOTH, "match_type": "all"}, False), ({**BOTH, "match_type": "one"}, True)],
)
def test_filters_decide(
    world: World, receiver: Receiver, changes: dict[str, Any], passes: bool
) -> None:
    domain = {"domain_enabled": True, "inbound_domain": "in.shop.test", "inbound_priority": 1}
    add_route(world, receiver.url, **domain, **changes)
    assert deliver(world, make_mail(X_Order="7"), "help@in.shop.test")[0] == 250
    assert len(receiver.bodies()) == int(passes)
    (row,) = world.control("GET", "/inbound")["data"]
    assert row["state"] == ("forwarded" if passes else "filtered")


def test_a_forward_to_an_address_lands_in_the_outbox(world: World) -> None:
    route = add_route(world, "", forwards=[{"type": "email", "value": "boss@b.test"}])
    deliver(world, make_mail(), route["address"])
    (row,) = world.control("GET", "/outbox")["data"]
    assert row["recipient"] == "boss@b.test"
    letter = world.control("GET", f"/outbox/{row['message_id']}")
    assert letter["text"].strip() == "Which size?"
    raw = world.client.get(
        f"{world.root}/_sandbox/outbox/{row['message_id']}",
        params={"account": world.account_id, "format": "raw"},
    )
    assert raw.content.startswith(b"From: Ada L")


def test_a_refused_attachment_is_reported(world: World, receiver: Receiver) -> None:
    route = add_route(world, f"{receiver.url}/in")
    add_hook(world, receiver.url)
    message = make_mail()
    message.add_attachment(b"MZ", maintype="application", subtype="x-dos", filename="run.exe")
    deliver(world, message, route["address"])
    (told,) = receiver.bodies()
    assert told["type"] == "inbound_message.rejected"
    assert told["data"]["reason"] == "unsupported_attachment_type"
    assert told["data"]["inbound_id"] == route["id"]


def add_hook(world: World, url: str) -> None:
    body = {
        "url": url,
        "name": "Hook",
        "events": ["inbound_forward.failed", "inbound_message.rejected"],
        "domain_id": world.domains["shop.test"],
    }
    assert world.api("POST", "/webhooks", json=body).status_code == 201


def test_a_forward_that_keeps_failing_is_reported(world: World, receiver: Receiver) -> None:
    with run_receiver() as gone:
        pass
    route = add_route(world, gone.url)
    add_hook(world, receiver.url)
    deliver(world, make_mail(), route["address"])
    world.advance(200)
    (told,) = receiver.bodies()
    assert told["type"] == "inbound_forward.failed"
    assert set(told["data"]) == {"domain_id", "inbound_id", "inbound_message_id"}
    assert told["data"]["inbound_id"] == route["id"]


def test_own_mail_reaches_own_routes_when_it_lands(world: World, receiver: Receiver) -> None:
    route = add_route(world, receiver.url)
    world.send(to=[{"email": route["address"]}], subject="Round trip")
    world.advance(10)
    (told,) = receiver.bodies()
    assert told["data"]["subject"] == "Round trip"


def test_a_deleted_route_takes_nothing(world: World, receiver: Receiver) -> None:
    route = add_route(world, receiver.url)
    assert world.api("DELETE", f"/inbound/{route['id']}").status_code == 204
    assert deliver(world, make_mail(), route["address"])[0] == 530


def test_another_accounts_route_stays_its_own(
    world: World, make_world: Any, receiver: Receiver
) -> None:
    other = make_world()
    other.seed(domains=[{"id": "65qngkdovk8lwr12", "name": "other.test"}])
    other.domains = {"shop.test": "65qngkdovk8lwr12"}
    route = add_route(other, receiver.url)
    deliver(other, make_mail(), route["address"])
    assert len(receiver.bodies()) == 1
    assert world.control("GET", "/inbound")["data"] == []


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"nothing",
        b"From: =?x?y?z?=\r\nSubject: \xff\xfe\r\n\r\n\xff",
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: text/html\r\n\r\n",
        b"From: " + b"a" * 5000 + b"\r\nDate: never\r\nTo: <<>>\r\n\r\n",
    ],
)
def test_strange_mail_is_forwarded_all_the_same(
    world: World, receiver: Receiver, raw: bytes
) -> None:
    route = add_route(world, receiver.url)
    assert deliver(world, raw, route["address"])[0] == 250
    assert len(receiver.bodies()) == 1
