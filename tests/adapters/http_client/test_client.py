"""What the engine's door on aiohttp has beside tests/engine/test_transport_door.py."""

import pytest

from waypost.adapters.addresses import AddressGuard
from waypost.adapters.connections import AddressRefused
from waypost.adapters.http_client.client import GuardedResolver


@pytest.mark.anyio
async def test_only_permitted_addresses_are_dialled() -> None:
    found = await GuardedResolver(AddressGuard(["127.0.0.0/8"])).resolve("localhost", 80)
    assert {each["host"] for each in found} == {"127.0.0.1"}
    with pytest.raises(AddressRefused):
        await GuardedResolver(AddressGuard()).resolve("localhost", 80)
