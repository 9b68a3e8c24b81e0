"""Events on their way to a real endpoint, by the durable engine, on a clock that is turned."""

import base64
import hashlib
import hmac
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from tests.support.endpoint import Endpoint, endpoint
from tests.support.served import Served, served
from tests.support.world import Environment, make_environment, turn_platform

from waypost.features.webhooks.deliveries import store
from waypost.features.webhooks.deliveries.deliver import LATE_SECONDS
from waypost.features.webhooks.deliveries.schedule import MOST_ATTEMPTS, PAUSE_AFTER
from waypost.features.webhooks.deliveries.wake import DELIVER

START = datetime(2026, 11, 1, 12, tzinfo=UTC).timestamp()


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Give a platform that does its durable work, which the session's does not."""
    with served(tmp_path_factory.mktemp("delivering") / "data", run_jobs=True) as running:
        yield running


@pytest.fixture
def environment(platform: Served, http: httpx.Client) -> Iterator[Environment]:
    yield make_environment(platform, http)
    platform.clock_file.unlink(missing_ok=True)


@pytest.fixture
def customer() -> Iterator[Endpoint]:
    with endpoint() as here:
        yield here


def iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat()


def tell(environment: Environment, event_type: str = "message.delivered", **payload: Any) -> str:
    """Append an event as a feature does; return its id."""
    kernel = environment.served.kernel

    async def append() -> str:
        async with kernel.database.write() as connection:
            event = await kernel.events.append(connection, environment.id, event_type, payload)
            return event.id

    return environment.served.run(append())


def webhook(environment: Environment, customer: Endpoint, **more: Any) -> dict[str, Any]:
    made = environment.post("/webhook", json={"target_url": customer.url, **more})
    assert made.status_code == 201, made.text
    found: dict[str, Any] = made.json()
    return found


def deliveries(environment: Environment, made: dict[str, Any], **query: Any) -> list[Any]:
    answer = environment.get(f"/webhook/{made['id']}/delivery", params=query)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["result"])


def settled(environment: Environment, made: dict[str, Any], states: list[str]) -> list[Any]:
    """Wait until the deliveries stand so, oldest first."""
    for _ in range(600):
        found = sorted(deliveries(environment, made), key=lambda each: each["created_at"])
        if [each["state"] for each in found] == states:
            return found
        threading.Event().wait(0.05)
    raise AssertionError(f"{[each['state'] for each in found]} and not {states}")


def attempts(environment: Environment, made: dict[str, Any], delivery: Any) -> list[Any]:
    found = environment.get(f"/webhook/{made['id']}/delivery/{delivery['id']}")
    return list(found.json()["attempts"])


def test_an_event_arrives_with_both_signatures(
    environment: Environment, customer: Endpoint
) -> None:
    made = webhook(environment, customer)
    event_id = tell(environment, message_id="m1", tenant_id="t1")
    (got,) = customer.wait_for(1)
    assert got.json["event"] == got.json["event_type"] == "message.delivered"
    assert got.json["payload"] == {"message_id": "m1", "tenant_id": "t1"}
    assert (got.json["id"], got.json["webhook_id"]) == (event_id, made["id"])
    assert got.headers["webhook-id"] == event_id
    digest = hmac.digest(made["secret"].encode(), got.body, hashlib.sha256)
    assert got.headers["x-truto-signature"] == (
        f"format=sha256,v={base64.b64encode(digest).decode()}"
    )
    key = base64.b64decode(made["secret"].removeprefix("whsec_"))
    signed = f"{event_id}.{got.headers['webhook-timestamp']}.".encode() + got.body
    wanted = base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    assert got.headers["webhook-signature"] == f"v1,{wanted}"
    (delivery,) = settled(environment, made, ["delivered"])
    (attempt,) = attempts(environment, made, delivery)
    assert (attempt["number"], attempt["status"], attempt["answer"]) == (1, 200, "ok")


def test_only_what_was_asked_for_is_sent(environment: Environment, customer: Endpoint) -> None:
    made = webhook(environment, customer, event_types=["message.bounced"], tenant_ids=["t1"])
    tell(environment, "message.delivered", tenant_id="t1")
    tell(environment, "message.bounced", tenant_id="t2")
    wanted = tell(environment, "message.bounced", tenant_id="t1")
    (got,) = customer.wait_for(1)
    assert got.json["id"] == wanted
    assert len(settled(environment, made, ["delivered"])) == 1


def test_a_day_of_retries_on_a_turned_clock(environment: Environment, customer: Endpoint) -> None:
    """Ten attempts over more than three days, each kept with its answer, then it is over."""
    turn_platform(environment.served, iso(START))
    made = webhook(environment, customer)
    customer.answers = [500] * MOST_ATTEMPTS
    tell(environment)
    at = START
    for number in range(1, MOST_ATTEMPTS + 1):
        customer.wait_for(number)
        state = "waiting" if number < MOST_ATTEMPTS else "failed"
        delivery = noted(environment, made, number, state)
        if state == "waiting":
            at = datetime.fromisoformat(delivery["next_attempt_at"]).timestamp()
            turn_platform(environment.served, iso(at + 0.1))
    tried = attempts(environment, made, delivery)
    assert [each["number"] for each in tried] == list(range(1, MOST_ATTEMPTS + 1))
    assert {each["status"] for each in tried} == {500}
    assert at - START > 2.5 * 86_400
    assert len({got.body for got in customer.received}) == 1, "always the same bytes"


def noted(environment: Environment, made: dict[str, Any], number: int, state: str) -> Any:
    for _ in range(600):
        (found,) = deliveries(environment, made)
        if (found["attempt_count"], found["state"]) == (number, state):
            return found
        threading.Event().wait(0.05)
    raise AssertionError(found)


def test_a_slow_endpoint_delays_no_other(environment: Environment, customer: Endpoint) -> None:
    with endpoint() as slow:
        slow.hangs = threading.Event()
        webhook(environment, slow)
        made = webhook(environment, customer)
        for number in range(5):
            tell(environment, message_id=f"m{number}")
        assert len(customer.wait_for(5)) == 5
        settled(environment, made, ["delivered"] * 5)
        slow.hangs.set()


def test_an_endpoint_that_is_gone_is_paused_and_taken_up_again(
    environment: Environment, customer: Endpoint
) -> None:
    made = webhook(environment, customer)
    other = webhook(environment, customer, event_types=["webhook_endpoint.paused"])
    customer.answers = [410]
    tell(environment)
    paused = next(g for g in customer.wait_for(2) if g.json["webhook_id"] == other["id"])
    assert paused.json["payload"]["id"] == made["id"]
    shown = environment.get(f"/webhook/{made['id']}").json()
    assert shown["paused_at"] is not None
    assert "410" in shown["pause_reason"]
    tell(environment)
    environment.request("PATCH", f"/webhook/{made['id']}", json={"is_active": True})
    assert environment.get(f"/webhook/{made['id']}").json()["paused_at"] is None
    heard = [g.json["event"] for g in customer.wait_for(4) if g.json["webhook_id"] == made["id"]]
    assert "message.delivered" in heard[1:]


def test_deliveries_are_replayed_with_the_same_bytes(
    environment: Environment, customer: Endpoint
) -> None:
    made = webhook(environment, customer)
    event_id = tell(environment)
    settled(environment, made, ["delivered"])
    again = environment.post(f"/webhook/{made['id']}/replay", json={"event_ids": [event_id]})
    assert again.json() == {"replayed": 1}
    first, second = customer.wait_for(2)
    assert first.body == second.body
    nothing = environment.post(f"/webhook/{made['id']}/replay", json={})
    assert nothing.status_code == 400


def test_an_endpoint_that_takes_nothing_for_days_is_paused_and_keeps_what_comes(
    environment: Environment, customer: Endpoint
) -> None:
    turn_platform(environment.served, iso(START))
    made = webhook(environment, customer, event_types=["message.delivered"])
    other = webhook(environment, customer, event_types=["webhook_endpoint.paused"])
    customer.answers = [500, 503]
    tell(environment)
    noted(environment, made, 1, "waiting")
    assert environment.get(f"/webhook/{made['id']}").json()["failing_since"] is not None
    turn_platform(environment.served, iso(START + PAUSE_AFTER))
    told = next(g for g in customer.wait_for(3) if g.json["webhook_id"] == other["id"])
    assert told.json["payload"]["reason"] == "it took nothing for days"
    tell(environment)
    assert [each["state"] for each in deliveries(environment, made)] == ["held", "held"]
    environment.request("PATCH", f"/webhook/{made['id']}", json={"is_active": True})
    settled(environment, made, ["delivered", "delivered"])


def test_deliveries_are_replayed_by_time_and_by_state(
    environment: Environment, customer: Endpoint
) -> None:
    made, bystander = webhook(environment, customer), webhook(environment, customer)
    ids = []
    for day in range(3):
        turn_platform(environment.served, iso(START + day * 86_400))
        ids.append(tell(environment, n=day))
    settled(environment, made, ["delivered"] * 3)
    settled(environment, bystander, ["delivered"] * 3)
    customer.received.clear()

    def replay(**which: Any) -> list[str]:
        before = len(customer.received)
        answer = environment.post(f"/webhook/{made['id']}/replay", json=which).json()
        got = customer.wait_for(before + answer["replayed"])[before:]
        settled(environment, made, ["delivered"] * 3)
        assert {each.json["webhook_id"] for each in got} <= {made["id"]}
        return sorted(each.json["id"] for each in got)

    since = {"created_at": {"gte": iso(START + 86_400)}}
    assert replay(**since) == sorted(ids[1:])
    until = {"created_at": {"gte": iso(START), "lt": iso(START + 86_400)}}
    assert replay(**until) == ids[:1]
    assert replay(state="delivered") == sorted(ids), "the whole endpoint"
    assert replay(state="failed") == []


def test_a_rotated_secret_overlaps(environment: Environment, customer: Endpoint) -> None:
    made = webhook(environment, customer)
    rotated = environment.post(f"/webhook/{made['id']}/rotate-secret", json={}).json()
    assert rotated["secret"] != made["secret"]
    tell(environment)
    (got,) = customer.wait_for(1)
    assert len(got.headers["webhook-signature"].split()) == 2
    digest = hmac.digest(rotated["secret"].encode(), got.body, hashlib.sha256)
    assert base64.b64encode(digest).decode() in got.headers["x-truto-signature"]


def test_a_redirect_is_a_failure_and_is_not_followed(
    environment: Environment, customer: Endpoint
) -> None:
    made = webhook(environment, customer)
    customer.answers = [302]
    tell(environment)
    customer.wait_for(1)
    delivery = noted(environment, made, 1, "waiting")
    assert attempts(environment, made, delivery)[0]["status"] == 302


def test_a_test_event_is_sent_at_once(environment: Environment, customer: Endpoint) -> None:
    made = webhook(environment, customer)
    answer = environment.post("/webhook/test", json={"id": made["id"]}).json()
    assert answer["success"] is True
    (got,) = customer.received
    assert (got.json["event"], got.json["payload"]) == ("test", {"foo": "bar"})
    customer.answers = [500]
    answer = environment.post("/webhook/test", json={"id": made["id"]}).json()
    assert (answer["success"], answer["attempt"]["status"]) == (False, 500)


def test_events_of_one_message_come_in_order_where_that_was_asked(
    environment: Environment, customer: Endpoint
) -> None:
    turn_platform(environment.served, iso(START))
    made = webhook(environment, customer, ordered_by="message")
    customer.answers = [500]
    first = tell(environment, "message.sent", message_id="m1")
    noted(environment, made, 1, "waiting")
    turn_platform(environment.served, iso(START + 1))
    second = tell(environment, "message.delivered", message_id="m1")
    for step in range(2, 400, 30):
        turn_platform(environment.served, iso(START + step))
        threading.Event().wait(0.1)
        if len(customer.received) >= 3:
            break
    got = [each.json["id"] for each in customer.wait_for(3)]
    assert got == [first, first, second]


def test_a_batch_of_one_message_comes_in_order_too(
    environment: Environment, customer: Endpoint
) -> None:
    """Events of one commit share a moment; their order is that in which they were told."""
    webhook(environment, customer, ordered_by="message")
    told = [("message.sent", {"message_id": f"m{number % 3}", "n": number}) for number in range(30)]
    kernel = environment.served.kernel

    async def append() -> None:
        async with kernel.database.write() as connection:
            await kernel.events.append_all(connection, environment.id, told)

    environment.served.run(append())
    got = [each.json["payload"] for each in customer.wait_for(30)]
    for message in ("m0", "m1", "m2"):
        mine = [each["n"] for each in got if each["message_id"] == message]
        assert mine == sorted(mine)


def test_a_flood_costs_an_endpoint_few_jobs(environment: Environment, customer: Endpoint) -> None:
    with endpoint() as slow:
        slow.hangs = threading.Event()
        hung = webhook(environment, slow)
        webhook(environment, customer)
        for number in range(60):
            tell(environment, message_id=f"m{number}")
        assert len({got.json["id"] for got in customer.wait_for(60)}) == 60
        kernel = environment.served.kernel
        jobs = environment.served.run(kernel.jobs.list(kind=DELIVER))
        mine = [job for job in jobs if job.payload["webhook_id"] == hung["id"]]
        assert len(mine) <= 2, "one that waits for the endpoint, one that waits for its turn"
        slow.hangs.set()


def test_what_was_left_behind_is_called_again(environment: Environment, customer: Endpoint) -> None:
    at = START + 365 * 86_400  # standing work is planned from the real time on
    turn_platform(environment.served, iso(at))
    made = webhook(environment, customer)
    tell(environment)
    settled(environment, made, ["delivered"])
    kernel = environment.served.kernel

    async def lose_a_job() -> None:
        async with kernel.database.write() as connection:
            await store.send_again(connection, environment.id, made["id"], (), at)

    environment.served.run(lose_a_job())
    turn_platform(environment.served, iso(at + 3 * LATE_SECONDS))
    assert len(customer.wait_for(2)) == 2
