"""What the engine's door on aiohttp has beside tests/engine/test_transport_door.py."""

import resource

import pytest

from waypost.adapters.addresses import AddressGuard
from waypost.adapters.http_client.client import GuardedResolver, room_for_connections
from waypost.adapters.http_client.failures import AddressRefused


@pytest.mark.anyio
async def test_only_permitted_addresses_are_dialled() -> None:
    found = await GuardedResolver(AddressGuard(["127.0.0.0/8"])).resolve("localhost", 80)
    assert {each["host"] for each in found} == {"127.0.0.1"}
    with pytest.raises(AddressRefused):
        await GuardedResolver(AddressGuard()).resolve("localhost", 80)


@pytest.mark.parametrize(
    ("files", "room"), [(256, 128), (1024, 512), (65536, 1000), (resource.RLIM_INFINITY, 1000)]
)
def test_callers_keep_half_of_the_open_files(
    monkeypatch: pytest.MonkeyPatch, files: int, room: int
) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda kind: (files, files))
    assert room_for_connections() == room
