"""/webhook."""

from typing import Any

from fastapi import APIRouter, Request

from waypost.features.webhooks.deliveries.desk import (
    Desk,
    Replay,
    Rotation,
    wire_attempt,
    wire_delivery,
)
from waypost.features.webhooks.deliveries.store import DELIVERY_FILTERS
from waypost.features.webhooks.delivering import Trial, keys
from waypost.features.webhooks.endpoints import (
    NewWebhook,
    OneWebhook,
    WebhookChange,
    Webhooks,
    wire_webhook,
)
from waypost.features.webhooks.secrets import OVERLAP
from waypost.features.webhooks.store import WEBHOOK_FILTERS
from waypost.kernel.kernel import Kernel
from waypost.kernel.wire import asked, lists, read_body, read_list, takes

Json = dict[str, Any]


def routes(kernel: Kernel) -> APIRouter:
    """Return the routes of customers' webhooks."""
    router = APIRouter()
    here = _Webhooks(kernel)
    add = router.add_api_route
    kind: Json = {"tags": ["webhooks"], "response_model": None}
    path, one = "/webhook", "/webhook/{webhook_id}"
    new, change = takes(NewWebhook), takes(WebhookChange)
    add(path, here.list, methods=["GET"], openapi_extra=lists(WEBHOOK_FILTERS), **kind)
    add(path, here.create, methods=["POST"], status_code=201, openapi_extra=new, **kind)
    add(path + "/test", here.test, methods=["POST"], openapi_extra=takes(OneWebhook), **kind)
    add(one, here.get, methods=["GET"], **kind)
    made = lists(DELIVERY_FILTERS)
    add(one + "/delivery", here.deliveries, methods=["GET"], openapi_extra=made, **kind)
    add(one + "/delivery/{delivery_id}", here.delivery, methods=["GET"], **kind)
    add(one + "/replay", here.replay, methods=["POST"], openapi_extra=takes(Replay), **kind)
    rotation = takes(Rotation)
    add(one + "/rotate-secret", here.rotate, methods=["POST"], openapi_extra=rotation, **kind)
    add(one, here.update, methods=["PATCH"], openapi_extra=change, **kind)
    add(one, here.delete, methods=["DELETE"], **kind)
    return router


class _Webhooks:
    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._webhooks = Webhooks(
            kernel.database,
            kernel.vault,
            kernel.manifests,
            clock=kernel.clock,
            allow_loopback=bool(kernel.settings.allow_addresses),
        )
        self._secrets = keys(kernel)
        self._trial = Trial(kernel, self._secrets)
        self._desk = Desk(kernel.database, kernel.jobs, kernel.clock)

    async def list(self, request: Request) -> Json:
        """List webhooks."""
        ask = asked(request.scope)
        wanted = read_list(ask, self._kernel.cursors, "webhook", WEBHOOK_FILTERS)
        page = await self._webhooks.list(ask.environment_id, wanted.listing)
        return wanted.answer(page, wire_webhook)

    async def get(self, request: Request, webhook_id: str) -> Json:
        """Get a webhook, without its secret."""
        ask = asked(request.scope)
        return wire_webhook(await self._webhooks.get(ask.environment_id, webhook_id))

    async def create(self, request: Request) -> Json:
        """Create a webhook; `secret` is in this answer only."""
        ask = asked(request.scope)
        body = await read_body(request.scope, request.receive, NewWebhook)
        record, secret = await self._webhooks.create(ask.environment_id, body)
        return {**wire_webhook(record), "secret": secret.reveal()}

    async def update(self, request: Request, webhook_id: str) -> Json:
        """Change a webhook."""
        ask = asked(request.scope)
        body = await read_body(request.scope, request.receive, WebhookChange)
        changes = {
            name: value
            for name, value in body.given().items()
            if value is not None or name in ("event_types", "tenant_ids", "ordered_by")
        }
        changed = await self._webhooks.update(ask.environment_id, webhook_id, changes)
        if changes.get("is_active"):
            await self._desk.resume(ask.environment_id, webhook_id)
            changed = await self._webhooks.get(ask.environment_id, webhook_id)
        return wire_webhook(changed)

    async def delete(self, request: Request, webhook_id: str) -> Json:
        """Delete a webhook."""
        ask = asked(request.scope)
        await self._webhooks.remove(ask.environment_id, webhook_id)
        return {"id": webhook_id}

    async def test(self, request: Request) -> Json:
        """Send a test event now, and say how the endpoint answered."""
        ask = asked(request.scope)
        body = await read_body(request.scope, request.receive, OneWebhook)
        webhook = await self._webhooks.get(ask.environment_id, body.id)
        attempt = await self._trial.send(webhook)
        is_success = attempt.status is not None and 200 <= attempt.status < 300
        return {"success": is_success, "attempt": wire_attempt(attempt)}

    async def deliveries(self, request: Request, webhook_id: str) -> Json:
        """List what was sent to an endpoint and what waits to be."""
        ask = asked(request.scope)
        wanted = read_list(ask, self._kernel.cursors, "webhook_delivery", DELIVERY_FILTERS)
        page = await self._desk.page(ask.environment_id, webhook_id, wanted.listing)
        return wanted.answer(page, lambda each: dict(wire_delivery(each)))

    async def delivery(self, request: Request, webhook_id: str, delivery_id: str) -> Json:
        """Get a delivery with every attempt: when, how long, what was answered."""
        ask = asked(request.scope)
        found, attempts = await self._desk.get(ask.environment_id, webhook_id, delivery_id)
        return dict(wire_delivery(found, attempts))

    async def replay(self, request: Request, webhook_id: str) -> Json:
        """Send deliveries again: by event, by type, by state, by time."""
        ask = asked(request.scope)
        body = await read_body(request.scope, request.receive, Replay)
        if body.event_type is not None:
            self._webhooks.check_type(body.event_type)
        count = await self._desk.replay(ask.environment_id, webhook_id, body)
        return {"replayed": count}

    async def rotate(self, request: Request, webhook_id: str) -> Json:
        """Make a new secret, shown now only; the one before signs beside it for a while."""
        ask = asked(request.scope)
        body = await read_body(request.scope, request.receive, Rotation)
        webhook = await self._webhooks.get(ask.environment_id, webhook_id)
        secret = await self._secrets.rotate(webhook, body.overlap(OVERLAP))
        return {**wire_webhook(webhook), "secret": secret.reveal()}
