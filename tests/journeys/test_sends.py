"""Messages leave once: the outbox and the Idempotency-Key, against the real sandbox."""

import pytest
from tests.support.sending import SURFACES, letter, outbox, post, ready, sends_of
from tests.support.world import World


@pytest.fixture
def mail(world: World) -> World:
    return ready(world)


@pytest.fixture(params=SURFACES)
def surface(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_a_send_is_on_the_books(mail: World, surface: str) -> None:
    answer = post(mail, surface, letter())
    assert answer.status_code == 202, answer.text
    [send] = sends_of(mail)
    assert send["state"] == "accepted"
    assert send["message_id"] == answer.headers.get("x-message-id")
    assert send["attempts"] == 1
    assert send["look_at"] is None
    [record] = mail.environment.records()
    # Where budgets are shared, asking for a place is noted too.
    noted = [each for each in record["notes"] if each["note"] != "paced"]
    assert noted == [{"note": "send", "id": send["id"], "state": "accepted"}]


def test_a_repeated_key_sends_once(mail: World, surface: str) -> None:
    first = post(mail, surface, letter(), "order-1")
    again = post(mail, surface, letter(), "order-1")
    assert (first.status_code, first.headers.get("idempotent-replayed")) == (202, None)
    assert (again.status_code, again.headers.get("idempotent-replayed")) == (202, "true")
    assert again.headers.get("x-message-id") == first.headers.get("x-message-id")
    assert len(outbox(mail)) == 1
    assert len(sends_of(mail)) == 1


def test_a_key_is_for_one_request(mail: World, surface: str) -> None:
    post(mail, surface, letter(), "order-1")
    other = post(mail, surface, letter("Another"), "order-1")
    assert other.status_code == 422
    assert other.json()["code"] == "caller.key_reused"
    assert len(outbox(mail)) == 1


def test_a_lost_answer_is_ambiguous_and_its_key_waits(mail: World, surface: str) -> None:
    mail.sandbox.fault(method="POST", path="/email", drop="after")
    lost = post(mail, surface, letter(), "order-1")
    assert lost.status_code == 502
    [send] = sends_of(mail)
    assert (send["state"], send["reason"]) == ("ambiguous", "no_answer")
    again = post(mail, surface, letter(), "order-1")
    assert again.status_code == 409
    assert again.json()["code"] == "caller.send_ambiguous"
    assert int(again.headers.get("retry-after") or 0) >= 1
    assert len(outbox(mail)) == 1


def test_a_refusal_is_kept_and_a_limit_is_not(mail: World, surface: str) -> None:
    wrong = letter()
    del wrong["subject"]
    first = post(mail, surface, wrong, "a")
    again = post(mail, surface, wrong, "a")
    assert (first.status_code, again.status_code) == (422, 422)
    assert again.text == first.text
    assert again.headers.get("idempotent-replayed") == "true"
    refusal = {"message": "Too many."}
    mail.sandbox.fault(method="POST", path="/email", status=429, body=refusal, times=None)
    assert post(mail, surface, letter(), "b").status_code == 429
    mail.sandbox.control("DELETE", "/faults")
    assert post(mail, surface, letter(), "b").status_code == 202
    states = [(each["state"], each["reason"]) for each in sends_of(mail)]
    assert states == [("rejected", None), ("rejected", "refused"), ("accepted", None)]


def test_nobody_gets_it_is_an_end_of_its_own(mail: World, surface: str) -> None:
    mail.sandbox.seed(hard_bounces=[{"recipient": {"email": "nia.okafor@example.com"}}])
    answer = post(mail, surface, letter())
    assert answer.status_code == 202, answer.text
    [send] = sends_of(mail)
    assert (send["state"], send["message_id"]) == ("suppressed", None), answer.text


def test_a_key_counts_for_whatever_changes_something(mail: World) -> None:
    body = {"name": "another.orchard.test"}
    first = post(mail, "proxy", body, "domain-1", "domains")
    again = post(mail, "proxy", body, "domain-1", "domains")
    assert first.status_code == again.status_code == 201, first.text
    assert again.json() == first.json()
    assert again.headers["idempotent-replayed"] == "true"
    assert [each["method"] for each in mail.sandbox.calls()].count("POST") == 1
    assert sends_of(mail) == []


def test_one_key_on_two_surfaces_is_two_keys(mail: World) -> None:
    for surface in SURFACES:
        assert "idempotent-replayed" not in post(mail, surface, letter(), "k").headers
    assert len(outbox(mail)) == len(SURFACES)


def test_reads_take_no_notice_of_a_key(mail: World) -> None:
    for _ in range(2):
        answer = mail.get("/proxy/domains", headers={"idempotency-key": "k"})
        assert answer.status_code == 200
        assert "idempotent-replayed" not in answer.headers


@pytest.mark.parametrize("key", ["", "x" * 256])
def test_a_key_that_is_none_is_refused(mail: World, key: str) -> None:
    answer = post(mail, "passthrough", letter(), key)
    assert answer.status_code == 400
    assert outbox(mail) == []
