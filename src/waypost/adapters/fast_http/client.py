"""The transport door on our own pool: what every surface but the straight way sends through."""

import ssl
from collections.abc import Callable

from waypost.adapters.addresses import AddressGuard
from waypost.adapters.connections import room_for_connections
from waypost.adapters.fast_http.dialing import Dialer
from waypost.adapters.fast_http.exchange import Exchange
from waypost.adapters.fast_http.pool import Pool
from waypost.adapters.fast_http.spelling import spelled, split_url
from waypost.engine.transport import Deadlines, OutgoingRequest, ProviderResponse


class FastClient:
    """Implement `engine.transport.Transport`."""

    def __init__(
        self,
        guard: AddressGuard,
        *,
        before_send: Callable[[], None] = lambda: None,
        most_connections: int | None = None,
        most_each: int | None = None,
        context: ssl.SSLContext | None = None,
    ) -> None:
        most = most_connections or room_for_connections()
        each = most_each or max(1, most * 3 // 4)
        self.pool = Pool(Dialer(guard.permits, context), most=most, most_each=each)
        self._before_send = before_send

    async def send(self, request: OutgoingRequest, deadlines: Deadlines) -> ProviderResponse:
        """Send once; see the port for what is raised.

        What a streamed body's own source raises comes out as it is.
        """
        self._before_send()
        name, target = split_url(request.url)
        origin = self.pool.origin(name)
        exchange = Exchange(self.pool, deadlines)
        head = spelled(request, target, origin.place.named)
        return await exchange.run(origin, request, head)

    async def close(self) -> None:
        """Close every pooled connection."""
        await self.pool.close()
