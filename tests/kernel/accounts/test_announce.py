"""Account events are told in the transaction that makes them true."""

from collections.abc import Sequence

import pytest
from tests.support.kernel_world import KernelWorld

from waypost.base.connection import AsyncConnection
from waypost.kernel.events import Event

pytestmark = pytest.mark.anyio


async def test_a_subscriber_that_fails_undoes_the_change(world: KernelWorld, shop: str) -> None:
    account = await world.account(shop)
    seen = await world.accounts.for_call(shop, account.id)

    async def fail(connection: AsyncConnection, events: Sequence[Event]) -> None:
        raise ZeroDivisionError

    world.events.subscribe(fail)
    with pytest.raises(ZeroDivisionError):
        await world.accounts.mark_unauthorized(seen)
    assert (await world.accounts.get(shop, account.id)).status == "active"
    assert await world.event_types(shop) == ["created", "active"]
