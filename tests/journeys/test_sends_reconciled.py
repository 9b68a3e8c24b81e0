"""Sends whose end was lost: the provider's own list tells, and nothing is ever sent again."""

import pytest
from tests.support.sending import (
    SENDER,
    SURFACES,
    letter,
    moment,
    outbox,
    post,
    ready,
    reconcile,
    sends_of,
    turn,
)
from tests.support.world import World

FIFTEEN_MINUTES = 15 * 60


@pytest.fixture
def mail(world: World) -> World:
    return ready(world)


@pytest.fixture(params=SURFACES)
def surface(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def began(mail: World) -> float:
    at = float(int(moment()))
    turn(mail, at)
    return at


def test_what_was_accepted_is_found(mail: World, surface: str, began: float) -> None:
    mail.sandbox.fault(method="POST", path="/email", drop="after")
    assert post(mail, surface, letter(), "k").status_code == 502
    assert post(mail, surface, letter(), "k").status_code == 409
    turn(mail, began + 10)
    [send] = reconcile(mail)
    assert (send["state"], send["reason"], send["look_at"]) == ("accepted", "reconciled", None)
    again = post(mail, surface, letter(), "k")
    assert again.status_code == 200
    assert again.headers["idempotent-replayed"] == "true"
    assert again.json()["send"]["message_id"] == send["message_id"]
    [message] = outbox(mail)
    assert message["message_id"] == send["message_id"]


def test_what_never_came_is_sent_again_by_its_caller_alone(
    mail: World, surface: str, began: float
) -> None:
    mail.sandbox.fault(method="POST", path="/email", drop="before")
    assert post(mail, surface, letter(), "k").status_code == 502
    turn(mail, began + 10)
    [send] = reconcile(mail)
    assert (send["state"], send["looks"]) == ("ambiguous", 1)
    turn(mail, began + FIFTEEN_MINUTES - 1)
    [send] = reconcile(mail)
    assert send["state"] == "ambiguous"
    assert post(mail, surface, letter(), "k").status_code == 409
    turn(mail, began + FIFTEEN_MINUTES + 700)
    [send] = reconcile(mail)
    assert (send["state"], send["reason"]) == ("rejected", "not_received")
    assert outbox(mail) == []
    assert post(mail, surface, letter(), "k").status_code == 202
    assert len(outbox(mail)) == 1


def test_likes_are_counted(mail: World, began: float) -> None:
    """Of five equal letters two lost their answer and one never came: four are there."""
    for fault in (None, "after", "before", "after", None):
        if fault is not None:
            mail.sandbox.fault(method="POST", path="/email", drop=fault)
        post(mail, "passthrough", letter())
    turn(mail, began + 10)
    states = [each["state"] for each in reconcile(mail)]
    assert sorted(states) == ["accepted"] * 4 + ["ambiguous"]
    turn(mail, began + FIFTEEN_MINUTES + 700)
    sends = reconcile(mail)
    assert sorted(each["state"] for each in sends) == ["accepted"] * 4 + ["rejected"]
    found = {each["message_id"] for each in sends if each["message_id"]}
    assert found == {each["message_id"] for each in outbox(mail)}
    assert len(found) == 4


def test_a_bulk_is_found_by_its_messages(mail: World, began: float) -> None:
    mail.sandbox.fault(method="POST", path="/bulk-email", drop="after")
    body = [letter("One"), letter("Two")]
    assert post(mail, "passthrough", body, path="bulk-email").status_code == 502
    turn(mail, began + 10)
    [send] = reconcile(mail)
    assert (send["state"], send["reason"], send["messages"]) == ("accepted", "reconciled", 2)


def test_what_may_not_be_read_stays_ambiguous_and_says_so(mail: World, began: float) -> None:
    mail.sandbox.fault(method="POST", path="/email", drop="after")
    mail.sandbox.fault(
        method="GET", path="/emails", status=403, times=None, body={"message": "No. #MS40301"}
    )
    post(mail, "passthrough", letter(), "k")
    for later in (10, FIFTEEN_MINUTES + 700, 4 * 24 * 3600):
        turn(mail, began + later)
        [send] = reconcile(mail)
        assert send["state"] == "ambiguous"
        assert "403" in send["note"]
    assert send["look_at"] is None, "nobody looks any more"
    answer = post(mail, "passthrough", letter(), "k")
    assert answer.status_code == 409, "an answer is kept for a day, an open end for good"
    assert answer.json()["code"] == "caller.outcome_unknown"
    assert "403" in answer.json()["message"]


def test_what_leaves_later_is_not_missed(mail: World, began: float) -> None:
    mail.sandbox.fault(method="POST", path="/email", drop="before")
    post(mail, "passthrough", letter(send_at=int(began) + 3600))
    turn(mail, began + FIFTEEN_MINUTES + 700)
    [send] = reconcile(mail)
    assert send["state"] == "ambiguous"
    assert "absence proves nothing" in send["note"]


def test_somebody_elses_letter_is_no_proof(mail: World, began: float) -> None:
    """Another tool wrote to the same person in the same minute: ours may be lost or changed."""
    mail.sandbox.fault(method="POST", path="/email", drop="before")
    post(mail, "passthrough", letter())
    other = mail.environment.http.post(
        f"{mail.sandbox.root}/v1/email",
        json=letter("From another tool"),
        headers={"authorization": f"Bearer {mail.sandbox.api_token}"},
    )
    assert other.status_code == 202
    turn(mail, began + FIFTEEN_MINUTES + 700)
    [send] = reconcile(mail)
    assert send["state"] == "ambiguous"
    assert "another message" in send["note"]


def test_a_killed_process_leaves_a_send_that_is_found(mail: World, began: float) -> None:
    """What a process wrote down and never ended is ambiguous once nobody answers for it."""
    kernel = mail.environment.served.kernel
    post(mail, "passthrough", letter())

    async def forget() -> None:
        from sqlalchemy import text

        await kernel.sends.ledger.flush()
        async with kernel.database.write() as connection:
            change = "UPDATE send SET state='pending', message_id=NULL, look_at=created_at+30"
            where = " WHERE account_id = :id"
            await connection.execute(text(change + where), {"id": mail.account})

    mail.environment.served.run(forget())
    turn(mail, began + 29)
    [send] = reconcile(mail)
    assert send["state"] == "pending"
    turn(mail, began + 40)
    [send] = reconcile(mail)
    assert (send["state"], send["reason"]) == ("accepted", "reconciled")
    assert SENDER.encode() not in (send["facts"] or b"")
    assert len(sends_of(mail)) == 1


def test_a_batch_that_arrived_is_not_taken_for_another_letter(mail: World, began: float) -> None:
    """A batch has an id of its own; its messages in the list belong to it all the same."""
    assert post(mail, "passthrough", [letter("Bulk")], path="bulk-email").status_code == 202
    mail.sandbox.fault(method="POST", path="/email", drop="before")
    post(mail, "passthrough", letter("Alone"))
    turn(mail, began + FIFTEEN_MINUTES + 700)
    ends = {each["resource"]: (each["state"], each["reason"]) for each in reconcile(mail)}
    assert ends == {"bulk-email": ("accepted", None), "email": ("rejected", "not_received")}
