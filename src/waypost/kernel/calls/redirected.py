"""Follow the redirects of an answer that is streamed."""

import asyncio

from waypost.base.errors import AddressUnusable, ProviderTimedOut, ProviderUnreachable
from waypost.engine.call import Pacer
from waypost.engine.limits import NO_ANSWER
from waypost.engine.redirects import Trail, misled
from waypost.engine.transport import Deadlines, Headers, ProviderResponse, Transport


async def follow(
    trail: Trail,
    response: ProviderResponse,
    *,
    transport: Transport,
    pacer: Pacer,
    rate_class: str | None,
    deadlines: Deadlines,
) -> ProviderResponse:
    """Return the first answer that leads no further; all hops together have the total deadline.

    Raises like the transport and the pacer, ProviderGarbled for a circle, ProviderTimedOut.
    """
    try:
        async with asyncio.timeout(deadlines.total):
            while await _leads_on(trail, response):
                if trail.is_elsewhere:  # no place in this provider's budget is taken
                    response = await transport.send(trail.request, deadlines)
                else:
                    response = await _paced(trail, transport, pacer, rate_class, deadlines)
            return response
    except TimeoutError:
        pass
    except AddressUnusable as error:
        raise misled(error, response.status) from None
    raise ProviderTimedOut(deadline="total", seconds=deadlines.total)


async def _leads_on(trail: Trail, response: ProviderResponse) -> bool:
    leads_on = False
    try:
        leads_on = trail.goes_on(response.status, response.headers)
    except BaseException:
        await response.close()
        raise
    if leads_on:
        await response.close()
    return leads_on


async def _paced(
    trail: Trail, transport: Transport, pacer: Pacer, rate_class: str | None, deadlines: Deadlines
) -> ProviderResponse:
    await pacer.enter(rate_class)
    told: tuple[int, Headers] = (0, ())
    try:
        response = await transport.send(trail.request, deadlines)
        told = (response.status, response.headers)
    except (ProviderUnreachable, ProviderTimedOut):
        told = (NO_ANSWER, ())
        raise
    finally:
        pacer.learn(rate_class, *told)
    return response
