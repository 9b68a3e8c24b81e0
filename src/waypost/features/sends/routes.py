"""GET /send and /send/{id}."""

from typing import Any

from fastapi import APIRouter, Request

from waypost.base.clock import iso
from waypost.features.sends.store import FILTERS, Send, fetch, find
from waypost.kernel.kernel import Kernel
from waypost.kernel.wire import asked, lists, read_list

MOST = 100


def routes(kernel: Kernel) -> APIRouter:
    """Return the routes of sends."""
    router = APIRouter(tags=["sends"])

    @router.get("/send", summary="List sends", openapi_extra=lists(FILTERS, limit=MOST))
    async def list_sends(request: Request) -> dict[str, Any]:
        """What was sent and how it ended; `state=ambiguous` are those whose end is not known."""
        ask = asked(request.scope)
        wanted = read_list(ask, kernel.cursors, "send", FILTERS, limit=MOST)
        await kernel.sends.ledger.flush()
        async with kernel.database.read() as connection:
            page = await fetch(connection, ask.environment_id, wanted.listing)
        return wanted.answer(page, show)

    @router.get("/send/{send_id}", summary="Get a send")
    async def get_send(request: Request, send_id: str) -> dict[str, Any]:
        """One send; `note` says why its end is not known yet."""
        ask = asked(request.scope)
        await kernel.sends.ledger.flush()
        async with kernel.database.read() as connection:
            return show(await find(connection, ask.environment_id, send_id))

    return router


def show(send: Send) -> dict[str, Any]:
    """Show a send in the wire's words."""
    return {
        "id": send.id,
        "environment_id": send.environment_id,
        "integrated_account_id": send.account_id,
        "integration": send.integration,
        "request_type": send.surface,
        "resource": send.resource,
        "method": send.method,
        "kind": send.kind,
        "state": send.state,
        "reason": send.reason,
        "http_status_code": send.http_status,
        "message_id": send.message_id,
        "messages": send.messages,
        "attempts": send.attempts,
        "looks": send.looks,
        "next_look_at": None if send.look_at is None else iso(send.look_at),
        "note": send.note,
        "created_at": iso(send.created_at),
        "updated_at": iso(send.updated_at),
    }
