"""One message's life, as it is told."""

from typing import Any

import pytest
from tests.support.world import World

from waypost.features.timeline.read import _moment

DOMAIN = "d0m41n00000000r3"


def send(world: World) -> str:
    world.sandbox.seed(domains=[{"id": DOMAIN, "name": "shop.test", "is_verified": True}])
    answer = world.environment.post(
        f"/passthrough/{world.account}/email",
        json={
            "from": {"email": "a@shop.test"},
            "to": [{"email": "nia@example.com"}],
            "subject": "Hello",
            "text": "Hello",
        },
    )
    assert answer.status_code == 202, answer.text
    return str(answer.headers["x-message-id"])


def tell(world: World, event_type: str, at: str, **payload: Any) -> None:
    kernel, environment = world.environment.served.kernel, world.environment
    said = {"integrated_account_id": world.account, "occurred_at": at, "raw": {"x": 1}, **payload}

    async def append() -> None:
        async with kernel.database.write() as connection:
            await kernel.events.append(connection, environment.id, event_type, said)

    environment.served.run(append())


def life(world: World, identifier: str, **rest: Any) -> Any:
    return world.environment.get(f"/unified/email/messages/{identifier}/timeline", **rest)


def test_a_messages_life_is_told_in_order(world: World) -> None:
    message = send(world)
    tell(world, "message.bounced", "2030-01-01T00:00:02.5Z", message_id=message, bounce="hard")
    tell(world, "message.sent", "2030-01-01T00:00:01Z", message_id=message, recipient="nia@e.com")
    tell(world, "message.sent", "2030-01-01T00:00:01Z", message_id="another")
    told = life(world, message).json()
    assert told["message_id"] == message
    assert [step["type"] for step in told["result"]] == [
        "send.written",
        "send.accepted",
        "message.sent",
        "message.bounced",
    ]
    accepted, bounced = told["result"][1], told["result"][3]
    assert (accepted["attempts"], accepted["http_status_code"]) == (1, 202)
    assert (bounced["bounce"], bounced["at"]) == ("hard", "2030-01-01T00:00:02.500Z")
    assert "raw" not in bounced
    by_ours = life(world, told["send_id"]).json()
    assert by_ours == told


def test_nobodys_message_is_not_found(world: World) -> None:
    assert life(world, "6a0000000000000000000000").status_code == 404


def test_an_account_token_sees_its_own_messages(world: World) -> None:
    message = send(world)
    environment = world.environment
    other = environment.link("mailersend", {"api_token": world.sandbox.api_token})
    mine, theirs = (environment.account_token(each) for each in (world.account, other))
    assert life(world, message, token=mine).status_code == 200
    assert life(world, message, token=theirs).status_code == 404


def test_a_timeline_is_only_read(world: World) -> None:
    path = "/unified/email/messages/m/timeline"
    assert world.environment.post(path, json={}).status_code == 405


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("2026-11-19T12:00:10.000000Z", "2026-11-19T12:00:10.000Z"),
        ("2026-11-19T12:00:10Z", "2026-11-19T12:00:10.000Z"),
        ("2026-11-19 12:00:10", None),
        (None, None),
    ],
)
def test_moments_sort_as_ours_do(given: str | None, shown: str | None) -> None:
    assert _moment(given) == shown
