"""/integrated-account-webhook/{account} and /inbound/{account}: public, proven by signature."""

from typing import Any

from fastapi import APIRouter, Request

from waypost.base.errors import PayloadTooLarge
from waypost.features.inbound.filling import inbound as parts
from waypost.features.inbound.receive import Arrival
from waypost.kernel.kernel import Kernel

MOST_BYTES = 10 * 1024 * 1024
"""Inbound mail with its attachments arrives in one body."""


def routes(kernel: Kernel) -> APIRouter:
    """Return the doors for providers' webhooks."""
    router = APIRouter(tags=["webhooks from providers"])
    inbound = parts(kernel)

    async def receive(account_id: str, request: Request) -> dict[str, Any]:
        """Take in a provider's webhook for an account; `hook` names which of ours it is."""
        headers = {name.lower(): value for name, value in request.headers.items()}
        done = await inbound.receive(
            Arrival(
                account_id=account_id,
                hook_id=request.query_params.get("hook"),
                headers=headers,
                body=await _bounded(request),
                url=str(request.url),
            )
        )
        return {"received": done}

    for path in ("/integrated-account-webhook/{account_id}", "/inbound/{account_id}"):
        router.add_api_route(path, receive, methods=["POST"], response_model=None)
    return router


async def _bounded(request: Request) -> bytes:
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > MOST_BYTES:
            raise PayloadTooLarge(f"A webhook may have {MOST_BYTES} bytes.")
    return bytes(body)
