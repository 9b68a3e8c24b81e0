"""The SMTP relay: signing in, the answers, what a mail becomes, and bad input."""

from __future__ import annotations

import asyncio
import gc
import random
import re
import smtplib
import socket
import ssl
from collections.abc import Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP, default
from typing import Any

import aiosmtplib
import anyio
import anyio.lowlevel
import pytest
from sandbox.tests.receiver import run_receiver
from sandbox.tests.world import World

USER, PASSWORD = "MS_ada123@shop.test", "mssp.secret"
QUEUED = re.compile(r"Message queued as ([0-9a-f]{24})$")


@pytest.fixture
def mail_world(world: World) -> World:
    name = f"MS_{world.account_id[:6]}@shop.test"
    user = {
        "name": "relay",
        "username": name,
        "password": PASSWORD,
        "domain_id": world.domains["shop.test"],
    }
    world.seed(smtp_users=[user])
    world.domains["user"] = name
    return world


def find_smtp(world: World) -> tuple[str, int]:
    health = world.client.get(f"{world.root}/_sandbox/health").json()
    return health["smtp"]["host"], health["smtp"]["port"]


def trusting() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


@pytest.fixture
def smtp(mail_world: World) -> Iterator[smtplib.SMTP]:
    host, port = find_smtp(mail_world)
    with smtplib.SMTP(host, port, timeout=5) as client:
        client.starttls(context=trusting())
        client.login(mail_world.domains["user"], PASSWORD)
        yield client


def make_mail(**headers: str) -> EmailMessage:
    message = EmailMessage()
    given = {
        "From": "Shop <hello@shop.test>",
        "To": "Ada <ada@customer.test>",
        "Subject": "Über SMTP",
        **headers,
    }
    for name, value in given.items():
        if value:
            message[name.replace("_", "-")] = value
    message.set_content("Plain words\n")
    return message


def submit(
    client: smtplib.SMTP, message: EmailMessage | bytes, *to: str, sender: str = "hello@shop.test"
) -> str:
    """Hand a mail over and return the server's last word."""
    raw = message if isinstance(message, bytes) else message.as_bytes(policy=SMTP)
    client.mail(sender)
    for each in to or ("ada@customer.test",):
        code, text = client.rcpt(each)
        if code != 250:
            client.rset()
            return f"{code} {text.decode()}"
    code, text = client.data(raw)
    return f"{code} {text.decode()}"


def test_a_mail_is_a_message_like_any_other(mail_world: World, smtp: smtplib.SMTP) -> None:
    message = make_mail(X_MailerSend_Tags="one, two", X_Order="7", Cc="cc@b.test")
    message.add_alternative("<p>Rich <img src='cid:logo'></p>", subtype="html")
    message.add_attachment(b"hello", maintype="text", subtype="plain", filename="a.txt")
    answer = submit(smtp, message, "ada@customer.test", "cc@b.test", "blind@b.test")
    match = QUEUED.search(answer)
    assert answer.startswith("250 ")
    assert match, answer
    message_id = match[1]
    mail_world.advance(10)
    shown = mail_world.api("GET", f"/messages/{message_id}").json()["data"]
    assert {email["status"] for email in shown["emails"]} == {"delivered"}
    assert [email["tags"] for email in shown["emails"]] == [["one", "two"]] * 3
    letter = mail_world.control("GET", f"/outbox/{message_id}")
    assert [copy["recipient"] for copy in letter["copies"]] == [
        "ada@customer.test",
        "cc@b.test",
        "blind@b.test",
    ]
    assert letter["subject"] == "Über SMTP"
    assert letter["text"].strip() == "Plain words"
    assert letter["html"].startswith("<p>Rich")
    assert letter["attachments"][0]["filename"] == "a.txt"
    assert letter["headers"]["X-Order"] == "7"
    assert letter["headers"]["To"] == "Ada <ada@customer.test>"
    assert "blind@b.test" not in str(letter["raw_headers"])


def test_webhooks_carry_the_same_id(mail_world: World, smtp: smtplib.SMTP) -> None:
    with run_receiver() as receiver:
        body = {
            "url": receiver.url,
            "name": "Hook",
            "events": ["activity.delivered"],
            "domain_id": mail_world.domains["shop.test"],
        }
        assert mail_world.api("POST", "/webhooks", json=body).status_code == 201
        answer = submit(smtp, make_mail())
        mail_world.advance(10)
        assert answer.endswith(receiver.bodies()[0]["data"]["message_id"])


REFUSED = [
    (
        {"From": "a@elsewhere.test"},
        "450 The from.email domain must be verified in your account to send emails. #MS42207",
    ),
    ({"Subject": ""}, "450 The subject field is required. #MS42209"),
    (
        {"From": "a@elsewhere.test", "Subject": ""},
        "450 The given data was invalid. The from.email domain must be verified in your account "
        "to send emails. #MS42207,The subject field is required. #MS42209",
    ),
    ({"X_MailerSend_Tags": "1,2,3,4,5,6"}, "450 The tags must not have more than 5 items."),
]


@pytest.mark.parametrize(("headers", "answer"), REFUSED)
def test_a_wrong_mail_is_refused_in_the_apis_words(
    smtp: smtplib.SMTP, headers: dict[str, str], answer: str
) -> None:
    assert submit(smtp, make_mail(**headers)) == answer
    # The conversation goes on.
    assert submit(smtp, make_mail()).startswith("250 ")


def test_a_refused_attachment(smtp: smtplib.SMTP) -> None:
    message = make_mail()
    message.add_attachment(b"MZ", maintype="application", subtype="x-dos", filename="run.exe")
    assert submit(smtp, message) == "450 This file type is not supported. #MS42210"


@pytest.mark.parametrize("login", ["wrong password", "unknown user", "disabled"])
def test_who_may_not_sign_in(mail_world: World, login: str) -> None:
    name, password = mail_world.domains["user"], PASSWORD
    if login == "wrong password":
        password = "no"
    elif login == "unknown user":
        name = "MS_nobody@shop.test"
    else:
        (row,) = mail_world.api(
            "GET", f"/domains/{mail_world.domains['shop.test']}/smtp-users"
        ).json()["data"]
        path = f"/domains/{mail_world.domains['shop.test']}/smtp-users/{row['id']}"
        mail_world.api("PUT", path, json={"name": "relay", "enabled": False})
    with smtplib.SMTP(*find_smtp(mail_world), timeout=5) as client:
        client.starttls(context=trusting())
        with pytest.raises(smtplib.SMTPAuthenticationError):
            client.login(name, password)


def test_strangers_may_not_relay(mail_world: World) -> None:
    with smtplib.SMTP(*find_smtp(mail_world), timeout=5) as client:
        client.ehlo()
        assert submit(client, make_mail()) == "530 5.7.0 Authentication required"


@pytest.mark.parametrize("mechanism", ["auth_plain", "auth_login"])
def test_both_ways_to_sign_in(mail_world: World, mechanism: str) -> None:
    with smtplib.SMTP(*find_smtp(mail_world), timeout=5) as client:
        client.ehlo()
        client.user, client.password = mail_world.domains["user"], PASSWORD
        name = mechanism.removeprefix("auth_").upper()
        assert client.auth(name, getattr(client, mechanism))[0] == 235


def test_an_smtp_user_made_by_the_api_may_sign_in(world: World) -> None:
    path = f"/domains/{world.domains['shop.test']}/smtp-users"
    made = world.api("POST", path, json={"name": "app"}).json()["data"]
    with smtplib.SMTP(*find_smtp(world), timeout=5) as client:
        client.starttls(context=trusting())
        client.login(made["username"], made["password"])
        assert submit(client, make_mail()).startswith("250 ")
    read = world.api("GET", f"{path}/{made['id']}").json()["data"]
    assert read["accessed_at"]


def test_limits_and_states_of_the_account_hold(mail_world: World, smtp: smtplib.SMTP) -> None:
    mail_world.seed(account={"rate_limits": "documented"})
    answers = [submit(smtp, make_mail()) for _ in range(121)]
    assert answers[119].startswith("250 ")
    assert answers[120].startswith("450 Your account reached its rate limit of 120 requests/min.")
    mail_world.seed(account={"rate_limits": "off", "daily_quota": 0})
    assert "#MS42901" in submit(smtp, make_mail())
    mail_world.seed(account={"daily_quota": -1, "state": "suspended"})
    assert "#MS40304" in submit(smtp, make_mail())


def test_a_connection_may_bring_so_many_and_no_more(mail_world: World, smtp: smtplib.SMTP) -> None:
    mail_world.seed(account={"smtp_connection_limit": 2})
    assert [submit(smtp, make_mail())[:3] for _ in range(2)] == ["250", "250"]
    code, text = smtp.mail("hello@shop.test")
    assert (code, text.startswith(b"4.7.0 Too many messages")) == (421, True)
    with smtplib.SMTP(*find_smtp(mail_world), timeout=5) as another:
        another.login(mail_world.domains["user"], PASSWORD)
        assert submit(another, make_mail()).startswith("250 ")


HEADS = [
    b"From: =?utf-8?B?////?= <hello@shop.test>",
    b"From: \xff\xfe <hello@shop.test>",
    b"To: ((((((((((((((ada@b.test",
    b"Content-Type: multipart/mixed; boundary=x",
    b"Content-Type: multipart/alternative",
    b'Content-Type: multipart/related; boundary=""',
    b"Content-Type: text/html; charset=nonsense",
    b"Content-Type: message/rfc822",
    b"Content-Transfer-Encoding: base64",
    b"Content-Transfer-Encoding: x-uuencode",
    b"Content-Disposition: attachment; filename*=utf-9''%ff%fe.txt",
    b'Content-Disposition: attachment; filename="\xff\x85.txt"',
    b"Subject: =?x?q?=ff?=\x85\x0b",
    b"X-Odd: a\x85b\x0bc\x1cd",
    b"\xff\xfe: \x00",
    b": empty",
    b"Reply-To: <>",
    b"Reply-To: \xff <r@b.test>",
    b"Content-ID: <" + b"a" * 3000 + b">",
    b"X-MailerSend-Tags: a,b,c,d,e,f,g",
    b"References: " + b"<a@b>" * 500,
    b"Date: never",
]
CONTENTS = [
    b"",
    b"hi",
    b"--x\r\nContent-Type: text/html\r\n\r\n<p>\xff</p>\r\n--x--",
    b"--x\r\n" * 50,
    b"\x00" * 100,
    b"!!! no base64 !!!",
    b"begin 644 f\r\nxxx\r\nend",
    b"--x\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n" * 40,
    b"From: inner@b.test\r\n\r\ninner",
]


def test_random_mail_gets_an_answer_and_can_be_read_again(
    mail_world: World, smtp: smtplib.SMTP, capfd: pytest.CaptureFixture[str]
) -> None:
    dice = random.Random(20260310)
    inbound = "fuzz@inbound.mailersend.net"
    forwards = [{"type": "email", "value": "reader@b.test"}]
    mail_world.seed(inbounds=[{"name": "All", "address": inbound, "forwards": forwards}])
    answers = set()
    for _ in range(300):
        heads = dice.sample(HEADS, dice.randrange(8))
        if dice.random() < 0.8:
            heads.insert(0, b"From: hello@shop.test\r\nTo: ada@b.test\r\nSubject: x")
        raw = b"\r\n".join(heads) + b"\r\n\r\n" + dice.choice(CONTENTS)
        place = dice.randrange(len(raw))
        raw = raw[:place] + dice.randbytes(dice.choice([0, 0, 4])) + raw[place:]
        answers.add(
            submit(smtp, raw, *dice.choice([["ada@b.test"], [inbound], ["a@b.test", inbound]]))[:3]
        )
    assert {"250"} < answers <= {"250", "450", "554"}
    mail_world.advance(600)
    for letter in mail_world.control("GET", "/outbox")["data"]:
        params = {"account": mail_world.account_id, "format": "raw"}
        path = f"{mail_world.root}/_sandbox/outbox/{letter['email_id']}"
        assert mail_world.client.get(path, params=params).status_code == 200
    mail_world.control("GET", "/inbound")
    assert "broke" not in capfd.readouterr().err


MANY = 20_000
SLOW_MAIL = {
    "brackets": b"To: " + b"(" * MANY,
    "quotes": b"To: " + b'"' * MANY,
    "dots": b"From: " + b"a." * MANY + b"@shop.test",
    "folds": b"X-A: " + b"\r\n " * MANY + b"x",
    "parameters": b"Content-Type: text/plain" + b";a=b" * MANY,
    "headers": b"X-A: b\r\n" * MANY,
    "parts": b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
    + b"--b\r\nX-A: b\r\n\r\nx\r\n" * 5_000,
    "nesting": b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(900)
    ),
}


@pytest.mark.parametrize("head", SLOW_MAIL.values(), ids=SLOW_MAIL)
@pytest.mark.parametrize("to", ["ada@b.test", "slow@inbound.mailersend.net"])
def test_no_mail_takes_long(
    mail_world: World, smtp: smtplib.SMTP, head: bytes, to: str, capfd: pytest.CaptureFixture[str]
) -> None:
    hook = {"type": "webhook", "value": "https://hooks.example.com/in"}
    mail_world.seed(inbounds=[{"address": "slow@inbound.mailersend.net", "forwards": [hook]}])
    raw = b"From: hello@shop.test\r\nSubject: x\r\n" + head + b"\r\n\r\nhi"
    assert submit(smtp, raw, to) == "554 5.6.0 The message could not be read."
    assert "broke" not in capfd.readouterr().err


def test_long_names_of_the_api_take_no_time_either(mail_world: World) -> None:
    address = "own@inbound.mailersend.net"
    hook = {"type": "webhook", "value": "https://hooks.example.com/in"}
    mail_world.seed(inbounds=[{"address": address, "forwards": [hook]}])
    name = '("' * MANY
    sent = mail_world.send(
        to=[{"email": address, "name": name}], headers=[{"name": "X-A", "value": name}]
    )
    assert sent.status_code == 202
    mail_world.advance(60)
    params = {"account": mail_world.account_id, "format": "raw"}
    path = f"{mail_world.root}/_sandbox/outbox/{sent.headers['x-message-id']}"
    assert mail_world.client.get(path, params=params).status_code == 200


def test_everyone_suppressed_sends_nothing(mail_world: World, smtp: smtplib.SMTP) -> None:
    mail_world.seed(blocklist=[{"pattern": "ada@customer.test"}])
    assert submit(smtp, make_mail()).startswith("250 Message queued as")
    assert mail_world.api("GET", "/messages").json()["data"] == []


def find_transports() -> list[asyncio.Transport]:
    """Return every plain transport that has not let its socket go."""
    return [
        each
        for each in gc.get_objects()
        if isinstance(each, asyncio.Transport) and getattr(each, "_sock", None) is not None
    ]


def test_aiosmtplib_is_served_too(mail_world: World) -> None:
    host, port = find_smtp(mail_world)

    async def send() -> tuple[Any, str]:
        answer = await aiosmtplib.send(
            make_mail(),
            hostname=host,
            port=port,
            username=mail_world.domains["user"],
            password=PASSWORD,
            start_tls=True,
            tls_context=trusting(),
        )
        # TLS says goodbye in its own time; the loop must not end before.
        with anyio.fail_after(5):
            while find_transports():
                await anyio.lowlevel.checkpoint()
        return answer

    _, answer = anyio.run(send)
    assert QUEUED.search(answer)


BAD_MAIL = [
    b"",
    b"\r\n\r\n",
    b"no headers at all",
    b"From: hello@shop.test\r\nSubject: x\r\nContent-Type: multipart/mixed\r\n\r\nno boundary",
    b"From: =?utf-8?q?=ff?= <hello@shop.test>\r\nTo: ,;<>@\r\nSubject: =?x?y?z?=\r\n\r\n\xff\xfe",
    b"From: hello@shop.test\r\nSubject: x\r\nContent-Type: text/plain; charset=nonsense\r\n\r\nhi",
    b"From: hello@shop.test\r\nSubject: x\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!",
    b"From: hello@shop.test\r\nContent-Type: message/rfc822\r\n\r\nFrom: x\r\n\r\n",
    b"From:" + b"x" * 50_000 + b"\r\n\r\n",
    b"\x00\x01\x02",
]


@pytest.mark.parametrize("raw", BAD_MAIL)
def test_bad_mail_gets_an_answer_and_breaks_nothing(
    mail_world: World, smtp: smtplib.SMTP, raw: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    assert submit(smtp, raw)[:3] in ("250", "450", "554")
    mail_world.advance(10)
    assert "broke" not in capfd.readouterr().err
    assert submit(smtp, make_mail()).startswith("250 ")


GARBAGE = [
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 100,
    b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    b"EHLO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<\r\nDATA\r\nx\r\n.\r\n" * 20,
    b"EHLO x\r\nAUTH PLAIN =\r\nAUTH LOGIN\r\n=\r\nAUTH PLAIN AAAA\r\n",
    b"EHLO x\r\nSTARTTLS\r\nRSET\r\nMAIL FROM:<a@b.test>\r\n",
    b"A" * 200_000 + b"\r\n",
    b"DATA\r\nVRFY x\r\nEXPN x\r\nHELP\r\nNOOP\r\n\r\n\xff\xff\r\n",
]


@pytest.mark.parametrize("garbage", GARBAGE)
def test_pipelined_garbage_breaks_nothing(mail_world: World, garbage: bytes) -> None:
    with socket.create_connection(find_smtp(mail_world), timeout=5) as connection:
        connection.sendall(garbage)
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(65536):
            continue
    with smtplib.SMTP(*find_smtp(mail_world), timeout=5) as client:
        assert client.noop()[0] == 250


def test_an_oversized_mail_is_refused(mail_world: World, smtp: smtplib.SMTP) -> None:
    code, _ = smtp.mail("hello@shop.test", [f"size={60 * 1024 * 1024}"])
    assert code == 552
    smtp.rset()
    assert submit(smtp, make_mail()).startswith("250 ")


def test_too_large_attachments_are_refused_in_words(smtp: smtplib.SMTP) -> None:
    message = make_mail()
    message.add_attachment(
        bytes(26 * 1024 * 1024), maintype="application", subtype="zip", filename="a.zip"
    )
    assert submit(smtp, message) == (
        "450 The attachments.0.content size exceeds the threshold of 25 MB. #MS42206"
    )


def test_sent_mail_can_be_handed_to_a_real_server(mail_world: World) -> None:
    from aiosmtpd.controller import Controller

    taken: list[Any] = []

    class Catcher:
        async def handle_DATA(  # noqa: N802 - the library's name
            self, server: Any, session: Any, envelope: Any
        ) -> str:
            taken.append(envelope)
            return "250 OK"

    catcher = Controller(Catcher(), hostname="127.0.0.1", port=0)
    catcher.loop.set_debug(False)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        catcher.port = free.getsockname()[1]
    catcher.start()
    try:
        mail_world.seed(account={"forward_smtp": f"127.0.0.1:{catcher.port}"})
        mail_world.send(bcc=[{"email": "blind@b.test"}])
        mail_world.advance(10)
        mail_world.seed(account={"forward_smtp": "127.0.0.1:9"})
        lost = mail_world.send()
        mail_world.advance(10)
    finally:
        catcher.stop()
    assert [envelope.rcpt_tos for envelope in taken] == [["ada@customer.test"], ["blind@b.test"]]
    message = message_from_bytes(taken[0].content, policy=default)
    assert message["Subject"] == "Hello"
    assert taken[0].mail_from.startswith("bounce+")
    # A server that is away is only complained of.
    path = f"/outbox/{lost.headers['x-message-id']}"
    assert mail_world.control("GET", path)["status"] == "delivered"


def test_hundreds_connect_at_once(mail_world: World) -> None:
    host, port = find_smtp(mail_world)

    async def talk() -> str:
        client = aiosmtplib.SMTP(hostname=host, port=port, start_tls=False, timeout=30)
        await client.connect()
        await client.login(mail_world.domains["user"], PASSWORD)
        _, answer = await client.send_message(make_mail())
        await client.quit()
        return answer

    async def all_talk() -> list[str]:
        answers = await asyncio.gather(*(talk() for _ in range(300)))
        for _ in range(100):
            await anyio.lowlevel.checkpoint()
        return answers

    answers = anyio.run(all_talk)
    assert len({match[1] for each in answers if (match := QUEUED.search(each))}) == 300
