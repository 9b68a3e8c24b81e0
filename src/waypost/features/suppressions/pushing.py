"""Put what holds here on linked accounts' lists where the tenant says so, by durable work."""

import math
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from waypost.base.connection import AsyncConnection
from waypost.base.errors import AccountError, ManifestError, NotFound, ProviderRefused
from waypost.base.log import get_logger
from waypost.engine.hooks import read_subjects
from waypost.engine.manifest.registrations import HookCall
from waypost.engine.manifest.suppressions import SuppressionPush
from waypost.engine.sending import read_suppressed
from waypost.kernel.accounts.states import can_call
from waypost.kernel.calls.errand import Errand, is_temporary
from waypost.kernel.calls.on_behalf import Bound
from waypost.kernel.jobs import Handler, NewJob
from waypost.kernel.kernel import Kernel
from waypost.kernel.suppressions.address import as_pattern
from waypost.kernel.suppressions.model import Target
from waypost.kernel.suppressions.policy.directory import Policy
from waypost.kernel.suppressions.pushes.directory import LostTurn, Pass, Pushes
from waypost.kernel.suppressions.pushes.store import Push
from waypost.kernel.suppressions.rules import target_scopes

PUSH = "suppressions.push"
SURFACE = "suppressions"
TOGETHER_SECONDS = 5.0
"""What changes within so many seconds is pushed together; what commits later, by the hourly round."""
_WRONG_WORD = (400, 404, 410, 422)
"""The provider will not have what one call said; any other refusal is about the account."""
_log = get_logger("waypost.suppressions")


def handlers(kernel: Kernel) -> list[Handler]:
    """Return the durable work of pushing."""
    return [Handler(PUSH, Pushing(kernel).work, lane="syncs")]


def listen(kernel: Kernel) -> None:
    """Push what changes from now on."""
    kernel.suppressions.on_change(Pushing(kernel).changed)


class Pushing:
    """Bring providers' lists up to the store."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._pushes = Pushes(kernel.database, clock=kernel.clock)
        self._policy = Policy(kernel.database, clock=kernel.clock)

    async def changed(
        self, connection: AsyncConnection, environment_id: str, tenant_id: str
    ) -> None:
        """Enqueue a push to every account of a tenant that wants it, in the caller's transaction."""
        said = await self._policy.said(environment_id, tenant_id, connection=connection)
        if said.are_off:
            return
        accounts = await self._policy.accounts(environment_id, tenant_id, connection=connection)
        for account_id, integration in accounts:
            if said.of(account_id) != "off" and self.can_push(integration):
                await self._enqueue(connection, environment_id, account_id)

    async def ask(self, environment_id: str, account_id: str, integration: str) -> None:
        """Enqueue a push to one account, or the end of one."""
        if self.can_push(integration):
            async with self._kernel.database.write() as connection:
                await self._enqueue(connection, environment_id, account_id)

    async def wants(
        self, connection: AsyncConnection, environment_id: str, tenant_id: str, account_id: str
    ) -> bool:
        """Say whether anything is pushed to an account."""
        said = await self._policy.said(environment_id, tenant_id, connection=connection)
        return said.of(account_id) != "off"

    def can_push(self, integration: str) -> bool:
        """Say whether an integration has a list that one may add to."""
        found = self._kernel.manifests.catalog.integrations.get(integration)
        return found is not None and found.integration.suppression_push is not None

    async def _enqueue(
        self,
        connection: AsyncConnection,
        environment_id: str,
        account_id: str,
        after: float | None = None,
    ) -> None:
        moment = self._kernel.clock.now() if after is None else after
        at = (math.floor(moment / TOGETHER_SECONDS) + 1) * TOGETHER_SECONDS
        payload = {"environment_id": environment_id, "account_id": account_id}
        job = NewJob(PUSH, payload, key=f"{account_id}@{at:.0f}", at=at)
        await self._kernel.jobs.enqueue(connection, job)

    async def work(self, payload: Mapping[str, Any]) -> None:
        """Do one push; see `push`."""
        await self.push(payload["environment_id"], payload["account_id"])

    async def push(self, environment_id: str, account_id: str) -> None:
        """Bring one account's list up to the store.

        Raises ProviderError, BudgetExhausted and others when that must be gone on with later; what
        was done by then stays done.
        """
        try:
            account = await self._kernel.accounts.for_call(environment_id, account_id)
        except NotFound:
            return
        said = await self._policy.said(environment_id, account.tenant_id)
        push = said.of(account_id)
        if push == "off":
            await self._pushes.hand_over(environment_id, account_id)
            return
        if not can_call(account.status) or not self.can_push(account.integration):
            return
        turn = await self._pushes.begin(environment_id, account_id)
        if isinstance(turn, float):
            async with self._kernel.database.write() as connection:
                await self._enqueue(connection, environment_id, account_id, after=turn)
            return
        await self._take_turn(turn, await self._kernel.calls.bind_account(account), push)

    async def _take_turn(self, turn: Pass, bound: Bound, push: str) -> None:
        reason: str | None = "It was cut off."
        try:
            await _Round(self._kernel, turn, bound).run(takes_back=push == "all")
            reason = None
        except LostTurn:
            return
        except (ProviderRefused, AccountError, ManifestError) as error:
            reason = error.message
            _log.warning("suppressions_not_pushed", account=bound.account.id, reason=reason)
            if isinstance(error, ProviderRefused) and is_temporary(error):
                raise
        except Exception as error:
            reason = str(error)
            raise
        finally:
            await turn.end(reason)


class _Round:
    """One turn at an account's list."""

    def __init__(self, kernel: Kernel, turn: Pass, bound: Bound) -> None:
        assert bound.integration.suppression_push is not None
        self._turn = turn
        self._account = bound.account
        self._push: SuppressionPush = bound.integration.suppression_push
        self._lists = bound.integration.suppression_lists
        self._errand = Errand(kernel.calls, bound, SURFACE)

    async def run(self, *, takes_back: bool) -> None:
        """Take off what a person removed here, add what is missing, take off what is to go."""
        turn, most = self._turn, self._push.most
        await self._take_off()
        lists = [name for name, each in self._lists.items() if each.remove is not None]
        while takes_back and await turn.begin_taking_back(lists, most):
            await self._take_off()
        targets = await self._targets()
        await turn.forget_but(target.domain for target in targets)
        for target in targets:
            while begun := await turn.adding(target, most):
                await self._add(target, begun)
            after = ""
            while begun := await turn.begin_adding(self._account.tenant_id, target, after, most):
                await self._add(target, begun)
                after = begun[-1].address
        for target in targets:
            while await turn.begin_removing(self._account.tenant_id, target, most):
                await self._take_off()

    async def _targets(self) -> list[Target]:
        account_id = self._account.id
        places = [("", "")]
        if await self._turn.domains(self._account.tenant_id):
            subjects = self._push.domains
            call = HookCall(
                resource=subjects.resource, method=subjects.method, query=subjects.query
            )
            records = await self._errand.list_all(call, {})
            found = read_subjects(subjects, records)
            places += [(each.name.lower(), each.id) for each in found if each.name]
        return [
            Target(account_id, self._push.list, name, identifier, target_scopes(account_id, name))
            for name, identifier in places
        ]

    async def _add(self, target: Target, begun: Sequence[Push]) -> None:
        plain = [each for each in begun if as_pattern(each.address) is None]
        patterns = [each for each in begun if as_pattern(each.address) is not None]
        for some in (plain, patterns):
            await self._in_pieces(some, lambda pushes: self._add_some(target, pushes), self._refuse)

    async def _add_some(self, target: Target, pushes: Sequence[Push]) -> None:
        patterns = [as_pattern(each.address) for each in pushes]
        scope: dict[str, Any] = {"addresses": [each.address for each in pushes]}
        if patterns[0] is not None:
            scope = {"patterns": patterns}
        if target.domain:
            scope["domain"] = {"id": target.domain_id, "name": target.domain}
        answer = await self._errand.act(self._push.add.call(), scope)
        records = answer if isinstance(answer, list) else [answer]
        rows = read_suppressed(self._lists[self._push.list].row, records)
        await self._turn.added(pushes, rows)

    async def _refuse(self, push: Push, error: ProviderRefused) -> None:
        await self._turn.refused(push, error.message)

    async def _take_off(self) -> None:
        while found := await self._turn.removing(self._push.most):
            name = found[0].native_list
            same = [each for each in found if each.native_list == name]
            await self._in_pieces(same, self._take_some_off, self._was_gone)

    async def _take_some_off(self, pushes: Sequence[Push]) -> None:
        remove = self._lists[pushes[0].native_list].remove
        if remove is not None:
            await self._errand.act(remove.call(), {"ids": [each.native_id for each in pushes]})
        await self._turn.removed(pushes)

    async def _was_gone(self, push: Push, _error: ProviderRefused) -> None:
        # An earlier turn may have died before it wrote that down; if not, a reading will tell.
        await self._turn.removed([push])

    async def _in_pieces(
        self,
        pushes: Sequence[Push],
        act: Callable[[Sequence[Push]], Awaitable[None]],
        refuse: Callable[[Push, ProviderRefused], Awaitable[None]],
    ) -> None:
        """Do something to all at once, or by halves when the provider will not have one of them."""
        waiting = [pushes] if pushes else []
        while waiting:
            some = waiting.pop()
            try:
                await act(some)
            except ProviderRefused as error:
                if error.status not in _WRONG_WORD:
                    raise
                if len(some) == 1:
                    await refuse(some[0], error)
                else:
                    middle = len(some) // 2
                    waiting += [some[middle:], some[:middle]]
