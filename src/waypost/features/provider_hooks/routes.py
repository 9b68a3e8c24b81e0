"""/integrated-account/{account}/provider-webhooks."""

from typing import Any

from fastapi import APIRouter, Request

from waypost.base.clock import iso
from waypost.features.provider_hooks.occasions import registrar
from waypost.features.provider_hooks.registrar import EVERY_SUBJECT, NO_URL
from waypost.kernel.hooks import Hook
from waypost.kernel.kernel import Kernel
from waypost.kernel.wire import asked

Json = dict[str, Any]
NONE_THERE = "This integration has no webhooks to register."


def routes(kernel: Kernel) -> APIRouter:
    """Return the route that shows an account's webhooks at its provider."""
    router = APIRouter(tags=["accounts"])
    here = registrar(kernel)

    @router.get(
        "/integrated-account/{account_id}/provider-webhooks",
        summary="List our webhooks at the provider",
        response_model=None,
    )
    async def list_hooks(request: Request, account_id: str) -> Json:
        """Show how each webhook of ours stands at the account's provider.

        `state` of all is on, off (nothing is registered, `reason` says why) or none; of each it is
        planned, active, paused or failed.
        """
        ask = asked(request.scope)
        account = await kernel.accounts.get(ask.environment_id, account_id)
        hooks = await kernel.hooks.of_account(ask.environment_id, account_id)
        integration = kernel.manifests.integration(account.integration)
        state, reason = "on", None
        if not integration.webhook_registrations:
            state, reason = "none", NONE_THERE
        elif kernel.settings.public_url is None:
            state, reason = "off", NO_URL
        return {
            "state": state,
            "reason": reason,
            "result": [_shown(hook, here.url(hook)) for hook in hooks],
        }

    return router


def _shown(hook: Hook, url: str | None) -> Json:
    subject = {"id": hook.subject_id, "name": hook.subject_name}
    return {
        "id": hook.id,
        "kind": hook.kind,
        "subject": None if hook.subject_id == EVERY_SUBJECT else subject,
        "state": "planned" if hook.state == "making" else hook.state,
        "reason": hook.reason,
        "url": url,
        "provider_webhook_id": hook.provider_id,
        "created_at": iso(hook.created_at),
        "updated_at": iso(hook.updated_at),
        "last_heard_at": None if hook.heard_at is None else iso(hook.heard_at),
        "last_checked_at": None if hook.checked_at is None else iso(hook.checked_at),
    }
