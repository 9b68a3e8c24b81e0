"""/webhook."""

from typing import Any

from fastapi import APIRouter, Request

from waypost.base.errors import Unprocessable
from waypost.features.webhooks.endpoints import (
    NewWebhook,
    OneWebhook,
    WebhookChange,
    Webhooks,
    wire_webhook,
)
from waypost.features.webhooks.store import WEBHOOK_FILTERS
from waypost.kernel.kernel import Kernel
from waypost.kernel.wire import asked, lists, read_body, read_list, takes

Json = dict[str, Any]
NOT_DELIVERED = "Webhooks are kept, but their delivery is not built yet: nothing was sent."


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
    add(one, here.update, methods=["PATCH"], openapi_extra=change, **kind)
    add(one, here.delete, methods=["DELETE"], **kind)
    return router


class _Webhooks:
    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._webhooks = Webhooks(
            kernel.database,
            kernel.vault,
            clock=kernel.clock,
            allow_loopback=bool(kernel.settings.allow_addresses),
        )

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
        """Create a webhook; `secret` is in this answer only. Delivery is not built yet."""
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
            if value is not None or name == "event_types"
        }
        return wire_webhook(await self._webhooks.update(ask.environment_id, webhook_id, changes))

    async def delete(self, request: Request, webhook_id: str) -> Json:
        """Delete a webhook."""
        ask = asked(request.scope)
        await self._webhooks.remove(ask.environment_id, webhook_id)
        return {"id": webhook_id}

    async def test(self, request: Request) -> None:
        """Send a test event: not built yet, answered with 422."""
        ask = asked(request.scope)
        body = await read_body(request.scope, request.receive, OneWebhook)
        await self._webhooks.get(ask.environment_id, body.id)
        raise Unprocessable(NOT_DELIVERED)
