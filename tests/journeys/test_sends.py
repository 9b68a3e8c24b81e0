"""Messages leave once: the outbox and the Idempotency-Key, against the real sandbox."""

import json

import pytest
from tests.support.raw_client import RawAnswer
from tests.support.sending import letter, outbox, ready, sends_of
from tests.support.world import World


@pytest.fixture
def mail(world: World) -> World:
    return ready(world)


def passthrough(
    mail: World, body: object, key: str | None = None, path: str = "/email"
) -> RawAnswer:
    headers = {"Content-Type": "application/json"}
    if key is not None:
        headers["Idempotency-Key"] = key
    target = f"/passthrough/{mail.account}{path}"
    return mail.environment.raw("POST", target, headers, json.dumps(body).encode())


def test_a_send_is_on_the_books(mail: World) -> None:
    answer = passthrough(mail, letter())
    assert answer.status == 202, answer.body
    [send] = sends_of(mail)
    assert send["state"] == "accepted"
    assert send["message_id"] == answer.header("x-message-id")
    assert send["attempts"] == 1
    assert send["look_at"] is None
    [record] = mail.environment.records()
    assert record["notes"] == [{"note": "send", "id": send["id"], "state": "accepted"}]


def test_a_repeated_key_sends_once(mail: World) -> None:
    first = passthrough(mail, letter(), "order-1")
    again = passthrough(mail, letter(), "order-1")
    assert (first.status, first.header("idempotent-replayed")) == (202, None)
    assert (again.status, again.header("idempotent-replayed")) == (202, "true")
    assert again.header("x-message-id") == first.header("x-message-id")
    assert len(outbox(mail)) == 1
    assert len(sends_of(mail)) == 1


def test_a_key_is_for_one_request(mail: World) -> None:
    passthrough(mail, letter(), "order-1")
    other = passthrough(mail, letter("Another"), "order-1")
    assert other.status == 422
    assert json.loads(other.body)["code"] == "caller.key_reused"
    assert len(outbox(mail)) == 1


def test_a_lost_answer_is_ambiguous_and_its_key_waits(mail: World) -> None:
    mail.sandbox.fault(method="POST", path="/email", drop="after")
    lost = passthrough(mail, letter(), "order-1")
    assert lost.status == 502
    [send] = sends_of(mail)
    assert (send["state"], send["reason"]) == ("ambiguous", "no_answer")
    again = passthrough(mail, letter(), "order-1")
    assert again.status == 409
    assert json.loads(again.body)["code"] == "caller.send_ambiguous"
    assert int(again.header("retry-after") or 0) >= 1
    assert len(outbox(mail)) == 1


def test_a_refusal_is_kept_and_a_limit_is_not(mail: World) -> None:
    wrong = letter()
    del wrong["subject"]
    first = passthrough(mail, wrong, "a")
    again = passthrough(mail, wrong, "a")
    assert (first.status, again.status) == (422, 422)
    assert again.body == first.body
    assert again.header("idempotent-replayed") == "true"
    mail.sandbox.fault(method="POST", path="/email", status=429, body={"message": "Too many."})
    assert passthrough(mail, letter(), "b").status == 429
    assert passthrough(mail, letter(), "b").status == 202
    states = [(each["state"], each["reason"]) for each in sends_of(mail)]
    assert states == [("rejected", None), ("rejected", "refused"), ("accepted", None)]


def test_nobody_gets_it_is_an_end_of_its_own(mail: World) -> None:
    mail.sandbox.seed(hard_bounces=[{"recipient": {"email": "nia.okafor@example.com"}}])
    answer = passthrough(mail, letter())
    assert answer.status == 202, answer.body
    [send] = sends_of(mail)
    assert (send["state"], send["message_id"]) == ("suppressed", None), answer.body
