"""Send one event to one endpoint, once, and say how that went."""

from collections.abc import Sequence

from waypost.base.clock import Clock, monotonic
from waypost.base.errors import WaypostError
from waypost.base.secret import Secret
from waypost.engine.transport import Deadlines, OutgoingRequest, ProviderResponse, Transport
from waypost.features.webhooks.deliveries.sign import Encoding, envelope, signed_headers
from waypost.features.webhooks.deliveries.store import Attempt
from waypost.features.webhooks.store import Webhook
from waypost.kernel.events import Event

DEADLINES = Deadlines(connect=5.0, first_byte=15.0, idle=5.0, total=20.0)
MOST_KEPT = 1000
"""How much of an endpoint's answer is kept, in bytes."""


class Sender:
    """Sign events and bring them to endpoints."""

    def __init__(
        self,
        transport: Transport,
        clock: Clock,
        encoding: Encoding,
        *,
        deadlines: Deadlines = DEADLINES,
    ) -> None:
        self._transport = transport
        self._clock = clock
        self._encoding = encoding
        self._deadlines = deadlines

    async def send(
        self,
        webhook: Webhook,
        secrets: Sequence[Secret],
        event: Event,
        delivery_id: str,
        number: int,
    ) -> Attempt:
        """Make attempt `number` of a delivery; an endpoint that fails is an attempt that says so."""
        body = envelope(event, webhook.id)
        now = self._clock.now()
        headers = signed_headers(event.id, body, secrets, now=now, encoding=self._encoding)
        request = OutgoingRequest("POST", webhook.target_url, headers, body)
        began = monotonic()
        status, answer, error = None, None, None
        try:
            response = await self._transport.send(request, self._deadlines)
            status = response.status
            answer = await _beginning(response)
        except WaypostError as failure:
            error = _said(failure)
        took = int((monotonic() - began) * 1000)
        return Attempt(
            webhook.environment_id, delivery_id, number, now, took, status, error, answer
        )


def _said(failure: WaypostError) -> str:
    """Return why no answer came, for whoever owns the endpoint: a target has no setting of ours."""
    if failure.details.get("resolved") is False:
        return "The host of target_url does not resolve; whoever owns the endpoint must correct it."
    return failure.message


async def _beginning(response: ProviderResponse) -> str:
    """Return the beginning of an answer; the rest is not read."""
    kept = bytearray()
    try:
        async for chunk in response.chunks():
            kept += chunk
            if len(kept) >= MOST_KEPT:
                break
    finally:
        await response.close()
    return bytes(kept[:MOST_KEPT]).decode("utf-8", "replace").replace("\0", "\ufffd")


__all__ = ["Sender"]
