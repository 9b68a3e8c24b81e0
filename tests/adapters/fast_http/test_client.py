"""What the engine's door on the pool of our own has beside tests/engine/test_transport_door.py."""

import pytest
from tests.support.raw_provider import answering, raw_provider, writing
from tests.support.transports import LOOPBACK

from waypost.adapters.addresses import AddressGuard
from waypost.adapters.fast_http.client import FastClient
from waypost.base.errors import ProviderTimedOut
from waypost.engine.transport import Deadlines, OutgoingRequest


@pytest.mark.anyio
async def test_one_provider_leaves_connections_for_the_others() -> None:
    client = FastClient(AddressGuard(LOOPBACK), most_connections=4)
    with raw_provider() as slow, raw_provider() as other:
        slow.behave(writing(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"))
        other.behave(answering(200))
        to_slow = OutgoingRequest("GET", f"{slow.url}/x")
        held = [await client.send(to_slow, Deadlines()) for _ in range(3)]
        with pytest.raises(ProviderTimedOut, match="busy"):
            await client.send(to_slow, Deadlines(connect=0.05))
        to_other = OutgoingRequest("GET", f"{other.url}/x")
        assert (await client.send(to_other, Deadlines(connect=1))).status == 200
        for response in held:
            await response.close()
        await client.close()
