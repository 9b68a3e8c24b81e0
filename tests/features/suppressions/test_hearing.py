"""What events say of recipients, and that it is kept with the event or not at all."""

from typing import Any

import pytest
from tests.support.world import World

from waypost.features.suppressions.hearing import Hearing, read_fact

TOLD = {
    "integrated_account_id": "a1",
    "tenant_id": "t1",
    "recipient": "Nia@Example.com",
    "occurred_at": "2026-11-19T12:00:00.000Z",
}


@pytest.mark.parametrize(
    ("event_type", "more", "reason", "scope"),
    [
        ("message.bounced", {"bounce": "hard", "reason": "No mailbox."}, "hard_bounce", "all"),
        ("message.complained", {}, "complaint", "account:a1"),
        ("message.unsubscribed", {}, "unsubscribe", "account:a1"),
        ("message.suppressed", {"why": "blocklisted"}, "provider", "account:a1"),
    ],
)
def test_what_holds_back(event_type: str, more: dict[str, Any], reason: str, scope: str) -> None:
    fact = read_fact(event_type, {**TOLD, **more})
    assert fact is not None
    assert (fact.address, fact.reason, fact.scope) == ("nia@example.com", reason, scope)
    assert (fact.origin, fact.source, fact.at) == ("a1", "event", 1_795_089_600.0)


@pytest.mark.parametrize(
    ("event_type", "payload"),
    [
        ("message.bounced", {**TOLD, "bounce": "soft"}),
        ("message.delivered", TOLD),
        ("message.complained", {**TOLD, "recipient": None}),
        ("message.complained", {**TOLD, "recipient": "nobody"}),
        ("message.complained", {"recipient": "nia@example.com"}),
        *(
            ("message.bounced", {**TOLD, "recipient": each, "bounce": "hard"})
            for each in ("*@example.com", "@example.com", ".*@example.com", "n*@example.com", "*@*")
        ),
    ],
)
def test_what_does_not(event_type: str, payload: dict[str, Any]) -> None:
    assert read_fact(event_type, payload) is None


def test_a_time_that_cannot_be_read_is_none() -> None:
    fact = read_fact("message.complained", {**TOLD, "occurred_at": "yesterday"})
    assert fact is not None
    assert fact.at is None


def test_an_event_that_is_undone_holds_nobody_back(world: World) -> None:
    kernel = world.environment.served.kernel
    payload = {**TOLD, "integrated_account_id": world.account, "tenant_id": "tenant-1"}
    kernel_hears = Hearing(kernel.suppressions).hear

    async def tell(fails: bool) -> None:
        async with kernel.database.write() as connection:
            event = await kernel.events.append(
                connection, world.environment.id, "message.complained", payload
            )
            await kernel_hears(connection, [event])
            if fails:
                raise RuntimeError("the transaction fails")

    async def held() -> int:
        asked = [("nia@example.com", None)]
        return len(await kernel.suppressions.check(world.environment.id, world.account, asked))

    run = world.environment.served.run
    with pytest.raises(RuntimeError, match="fails"):
        run(tell(fails=True))
    assert run(held()) == 0
    run(tell(fails=False))
    assert run(held()) == 1
