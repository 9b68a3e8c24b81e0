"""Bring an account's webhooks at its provider into order: made, put right, removed."""

from collections.abc import Sequence
from typing import Any

from waypost.base.clock import Clock
from waypost.base.database import Database
from waypost.base.errors import (
    BudgetExhausted,
    NotFound,
    OperatorError,
    ProviderError,
    ProviderRefused,
    WaypostError,
)
from waypost.base.log import get_logger
from waypost.base.secret import Secret
from waypost.engine.hooks import Decision, Known, Subject, ThereHook, decide
from waypost.engine.manifest.registrations import WebhookRegistration
from waypost.features.provider_hooks.there import There, told
from waypost.kernel.accounts import Accounts, can_call
from waypost.kernel.calls.errand import is_temporary
from waypost.kernel.calls.on_behalf import Calls
from waypost.kernel.hooks import Hook, Hooks
from waypost.kernel.jobs import Jobs, NewJob

SETTLE = "provider_hooks.settle"
BACKFILL = "inbound.backfill"
BEFORE_SECONDS = 3600.0
"""A provider pauses what failed for a while: what failed before counts as missed too."""
AHEAD_SECONDS = 15.0
"""A provider's clock may be so far ahead of ours: what happened just now has a later time there."""
LEAST_AGE = 3.0
"""The youngest seconds of a provider's list are not read."""
SOON_SECONDS = 60.0
NEW_SECONDS = 600.0
"""How long a new webhook that was refused is tried every `SOON_SECONDS`; then every hour."""
EVERY_SUBJECT = "*"
"""Stands for the subjects of a kind while they cannot be listed."""
NAME = "Waypost"
NO_URL = (
    "WAYPOST_PUBLIC_URL is not set: no provider knows where to reach this server, so nothing is "
    "registered. Set it and start again."
)
UNVERIFIABLE = (
    "The provider told no secret to verify it with: put it into the account's variable "
    "webhook_secret, or what arrives is refused."
)
_log = get_logger("waypost.provider_hooks")


class Registrar:
    """Settle accounts' webhooks; it may be run at any time, by several processes at once."""

    def __init__(
        self,
        database: Database,
        *,
        accounts: Accounts,
        calls: Calls,
        hooks: Hooks,
        jobs: Jobs,
        clock: Clock,
        public_url: str | None,
    ) -> None:
        self._database = database
        self._accounts = accounts
        self._calls = calls
        self._hooks = hooks
        self._jobs = jobs
        self._clock = clock
        self._public_url = public_url.rstrip("/") if public_url else None

    def url(self, hook: Hook) -> str | None:
        """Return where a hook arrives here, or None while nobody knows this server's address."""
        if self._public_url is None:
            return None
        return f"{self._public_url}/integrated-account-webhook/{hook.account_id}?hook={hook.id}"

    async def settle(
        self, environment_id: str, account_id: str, *, only_planned: bool = False
    ) -> None:
        """Bring one account's webhooks into order; `only_planned` goes on making them.

        What the account may not do stands in its hooks as a reason. Raises ProviderError and
        BudgetExhausted for what time may mend.
        """
        there = await self._there(environment_id, account_id)
        if there is None:
            return
        kinds = {kind.name: kind for kind in there.wanted()}
        if not only_planned:
            await self._plan(environment_id, account_id, there, list(kinds.values()))
        waiting: list[tuple[WebhookRegistration, Hook]] = []
        for hook in await self._hooks.of_account(environment_id, account_id):
            kind = kinds.get(hook.kind)
            if kind is None or hook.subject_id == EVERY_SUBJECT:
                continue
            if not only_planned or hook.state in ("planned", "making"):
                waiting.append((kind, hook))
        await _Round(self, there).run(waiting)

    async def remove_all(self, environment_id: str, account_id: str) -> None:
        """Remove an account's webhooks from its provider, as far as the provider lets us."""
        hooks = await self._hooks.of_account(environment_id, account_id)
        there = await self._there(environment_id, account_id) if hooks else None
        if there is None:
            return
        kinds = {kind.name: kind for kind in there.kinds()}
        for hook in hooks:
            kind = kinds.get(hook.kind)
            if kind is not None and hook.provider_id is not None:
                await self.discard(there, kind, hook)

    async def discard(self, there: There, kind: WebhookRegistration, hook: Hook) -> None:
        """Remove a hook there and here; raises ProviderError and what else a call raises."""
        if hook.provider_id is not None:
            await there.delete(kind, self.scope(kind, hook, ThereHook(hook.provider_id)))
        await self._hooks.remove(hook)

    def scope(
        self, kind: WebhookRegistration, hook: Hook, found: ThereHook | None = None
    ) -> dict[str, Any]:
        """Return what the expressions of a call about a hook read."""
        subject = Subject(hook.subject_id, hook.subject_name)
        return {
            "url": self.url(hook),
            "name": NAME,
            "events": list(kind.events),
            "subject": subject.scope(),
            "hook": found.scope() if found else None,
        }

    async def _there(self, environment_id: str, account_id: str) -> There | None:
        """Return the account's provider; None when it is gone, unusable or has no webhooks."""
        try:
            account = await self._accounts.for_call(environment_id, account_id)
            if self._public_url is None or not can_call(account.status):
                return None
            bound = await self._calls.bind_account(account)
        except OperatorError:
            raise
        except WaypostError:
            return None
        return There(self._calls, bound) if bound.integration.webhook_registrations else None

    async def _plan(
        self,
        environment_id: str,
        account_id: str,
        there: There,
        kinds: Sequence[WebhookRegistration],
    ) -> None:
        """Write down a hook for every subject that has none, and remove those of subjects gone."""
        known = await self._hooks.of_account(environment_id, account_id)
        for kind in kinds:
            ours = {hook.subject_id: hook for hook in known if hook.kind == kind.name}
            try:
                subjects = {each.id: each for each in await there.subjects(kind)}
            except ProviderRefused as error:
                if is_temporary(error):
                    raise
                hook = await self._hooks.plan(
                    environment_id, account_id, kind.name, EVERY_SUBJECT, subject_name=None
                )
                await self.fail(hook, told(error))
                continue
            for subject in subjects.values():
                if subject.id not in ours:
                    await self._hooks.plan(
                        environment_id,
                        account_id,
                        kind.name,
                        subject.id,
                        subject_name=subject.name,
                    )
            for subject_id, hook in ours.items():
                if subject_id not in subjects:
                    await self.discard(there, kind, hook)
        for hook in known:
            unwanted = next((each for each in there.kinds() if each.name == hook.kind), None)
            if unwanted is not None and unwanted not in kinds:
                await self.discard(there, unwanted, hook)

    async def fail(self, hook: Hook, reason: str) -> None:
        """Note that a hook cannot be, and why."""
        _log.warning("provider_hook_failed", account=hook.account_id, kind=hook.kind, reason=reason)
        await self._hooks.change(hook, {"state": "failed", "reason": reason})

    async def note_paused(self, hook: Hook, reason: str | None) -> Hook:
        """Note that events may be missing since the hook was last seen in order."""
        return await self._hooks.change(hook, {"state": "paused", "reason": reason})

    async def note_planned(self, hook: Hook, reason: str | None) -> Hook:
        """Note that a hook is to be made, for the first time or again."""
        return await self._hooks.change(
            hook, {"state": "planned", "provider_id": None, "reason": reason}
        )

    async def claim(self, kind: WebhookRegistration, hook: Hook) -> bool:
        """Say whether a hook may be made now, as the provider's throttle has it."""
        return await self._hooks.claim(hook, kind.throttle_seconds)

    async def activate(self, hook: Hook, found: ThereHook) -> None:
        """Note that a hook is as it should be, with its secret."""
        secret = Secret(found.secret) if found.secret else None
        has_secret = secret is not None or hook.sealed_secret is not None
        values = {
            "state": "active",
            "provider_id": found.id,
            "reason": None if has_secret else UNVERIFIABLE,
            "checked_at": self._clock.now(),
        }
        await self._hooks.change(hook, values, secret=secret)

    async def fill_in(self, hook: Hook) -> None:
        """Have what a hook may have missed since it was last in order read later."""
        if hook.checked_at is None:
            return
        since = max(hook.checked_at - BEFORE_SECONDS, hook.created_at)
        until = self._clock.now() + AHEAD_SECONDS
        payload = {
            "environment_id": hook.environment_id,
            "account_id": hook.account_id,
            "registration": hook.kind,
            "subject_id": hook.subject_id,
            "subject_name": hook.subject_name,
            "since": since,
            "until": until,
        }
        # A repair that is done again after a crash is the same one; the next repair is another.
        key = f"{hook.id}@{hook.checked_at:.3f}"
        async with self._database.write() as connection:
            job = NewJob(BACKFILL, payload, key=key, at=until + LEAST_AGE)
            await self._jobs.enqueue(connection, job)

    async def try_soon(self, hook: Hook, error: ProviderRefused) -> None:
        """Have a hook tried again in a minute while it is new: the provider asked us, and we were busy."""
        now = self._clock.now()
        if error.status != 422 or now - hook.created_at > NEW_SECONDS:
            return
        payload = {"environment_id": hook.environment_id, "account_id": hook.account_id}
        key = f"{hook.account_id}:soon@{now // SOON_SECONDS:.0f}"
        async with self._database.write() as connection:
            job = NewJob(SETTLE, payload, key=key, at=now + SOON_SECONDS)
            await self._jobs.enqueue(connection, job)

    async def go_on(self, hook: Hook, seconds: float) -> None:
        """Make the rest of an account's planned hooks in some time."""
        now = self._clock.now()
        payload = {
            "environment_id": hook.environment_id,
            "account_id": hook.account_id,
            "only_planned": True,
        }
        key = f"{hook.account_id}:{hook.id}@{now:.3f}"
        async with self._database.write() as connection:
            await self._jobs.enqueue(connection, NewJob(SETTLE, payload, key=key, at=now + seconds))


class _Round:
    """One pass over an account's hooks."""

    def __init__(self, registrar: Registrar, there: There) -> None:
        self._registrar = registrar
        self._there = there

    async def run(self, waiting: Sequence[tuple[WebhookRegistration, Hook]]) -> None:
        """Put every hook right; one that time may mend does not hold the others up."""
        failure: WaypostError | None = None
        left: tuple[WebhookRegistration, Hook] | None = None
        for kind, hook in waiting:
            try:
                is_done = await self._one(kind, hook)
            except ProviderRefused as error:
                if is_temporary(error):
                    failure = error
                else:
                    await self._registrar.fail(hook, told(error))
                    await self._registrar.try_soon(hook, error)
            except (ProviderError, BudgetExhausted) as error:
                failure = error
            except NotFound:
                continue  # the account was deleted meanwhile, and its hooks with it
            else:
                left = left if is_done else (left or (kind, hook))
        if left is not None:
            await self._registrar.go_on(left[1], left[0].throttle_seconds or 1.0)
        if failure is not None:
            raise failure

    async def _one(self, kind: WebhookRegistration, hook: Hook) -> bool:
        """Put one hook right; False when it has to wait for the provider's throttle."""
        registrar, there = self._registrar, self._there
        scope = registrar.scope(kind, hook)
        subject = Subject(hook.subject_id, hook.subject_name)
        known = Known(hook.id, scope["url"], hook.provider_id, hook.state)
        decision = decide(known, await there.hooks(kind, subject, scope), kind.events)
        if decision.act == "create":
            return await self._create(kind, hook, decision)
        assert decision.there is not None
        found = decision.there
        if decision.act == "repair":
            hook = await registrar.note_paused(hook, decision.why)
            await there.update(kind, registrar.scope(kind, hook, found))
            # A provider may give what was changed another secret.
            listed = await there.hooks(kind, subject, scope)
            found = next((each for each in listed if each.id == found.id), found)
        if decision.missed:
            await registrar.fill_in(hook)
        await registrar.activate(hook, found)
        return True

    async def _create(self, kind: WebhookRegistration, hook: Hook, decision: Decision) -> bool:
        registrar = self._registrar
        if decision.missed or hook.state not in ("planned", "making"):
            hook = await registrar.note_planned(hook, decision.why)
        if not await registrar.claim(kind, hook):
            return False
        subject = Subject(hook.subject_id, hook.subject_name)
        try:
            made = await self._there.create(kind, subject, registrar.scope(kind, hook))
        except ProviderRefused as error:
            if error.status == 429 and kind.throttle_seconds:
                await registrar.note_planned(hook, told(error))
                return False
            raise
        except WaypostError as error:
            # It may have been made all the same: it is looked for by its URL before the next try.
            await registrar.note_planned(hook, told(error))
            raise
        if made is None:
            return False  # it is found by its URL next time
        await registrar.fill_in(hook)
        await registrar.activate(hook, made)
        return True
