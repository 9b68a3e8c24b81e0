"""What is at the provider: subjects and webhooks listed, made, put right and removed as an account."""

from waypost.base.errors import WaypostError
from waypost.engine.hooks import Subject, ThereHook, is_wanted, read_hooks, read_subjects
from waypost.engine.limits import Lane
from waypost.engine.manifest.registrations import HookCall, WebhookRegistration
from waypost.kernel.calls.errand import Errand, Scope
from waypost.kernel.calls.on_behalf import Bound, Calls
from waypost.kernel.calls.turn import Turn

SURFACE = "provider_hooks"
_LEAVING = Turn(lane=Lane.TRANSACTIONAL, wait=4.0)
"""Somebody waits for the end of an account."""


class There:
    """One account's provider; every method raises ProviderError, AccountError, BudgetExhausted."""

    def __init__(self, calls: Calls, bound: Bound) -> None:
        self._bound = bound
        self._errand = Errand(calls, bound, SURFACE)

    def wanted(self) -> list[WebhookRegistration]:
        """Return the kinds of webhooks that the account wants."""
        context = self._bound.account.context
        return [kind for kind in self.kinds() if is_wanted(kind, context)]

    def kinds(self) -> tuple[WebhookRegistration, ...]:
        """Return the kinds of webhooks that the provider has."""
        return self._bound.integration.webhook_registrations

    async def subjects(self, kind: WebhookRegistration) -> list[Subject]:
        """List everything that should have a webhook of a kind; raises unless the list is whole."""
        call = HookCall(
            resource=kind.subjects.resource, method=kind.subjects.method, query=kind.subjects.query
        )
        records = await self._errand.list_all(call, {})
        return read_subjects(kind.subjects, records)

    async def hooks(
        self, kind: WebhookRegistration, subject: Subject, scope: Scope
    ) -> list[ThereHook]:
        """List the webhooks that a subject has, ours or not."""
        records = await self._errand.list_all(kind.list, scope)
        return [hook for record in records for hook in read_hooks(kind, record, subject)]

    async def create(
        self, kind: WebhookRegistration, subject: Subject, scope: Scope
    ) -> ThereHook | None:
        """Make a webhook and return it; None where the answer does not show it."""
        record = await self._errand.act(kind.create, scope)
        hooks = read_hooks(kind, record, subject) if record is not None else []
        return hooks[0] if hooks else None

    async def update(self, kind: WebhookRegistration, scope: Scope) -> None:
        """Put a webhook right."""
        await self._errand.act(kind.update, scope)

    async def delete(self, kind: WebhookRegistration, scope: Scope) -> None:
        """Remove a webhook; one that is not there is removed."""
        await self._errand.act(kind.delete, scope, absent=(404, 410), turn=_LEAVING)


def told(error: WaypostError) -> str:
    """Return what a failure says to people, bounded."""
    return error.message[:500]
