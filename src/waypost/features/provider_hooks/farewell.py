"""Our webhooks at a provider removed after their account is gone, with what that takes kept sealed."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from waypost.base.connection import AsyncConnection
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
from waypost.engine.hooks import ThereHook
from waypost.engine.json_text import encode_json, parse_json
from waypost.features.provider_hooks import store
from waypost.features.provider_hooks.registrar import Registrar
from waypost.features.provider_hooks.there import There
from waypost.kernel.accounts import Account, AccountForCall
from waypost.kernel.calls.errand import is_temporary
from waypost.kernel.hooks import Hook
from waypost.kernel.installs import Install
from waypost.kernel.jobs import NewJob
from waypost.kernel.kernel import Kernel

FAREWELL = "provider_hooks.farewell"
AFTER_SECONDS = 60.0
"""By then an account that was about to go has gone, or stays."""
MOST_SECONDS = 86_400.0
"""How long a provider is asked; then what is kept is destroyed, whether or not it listened."""
_FIELD = "farewell"
_NAMED = ("id", "kind", "subject_id", "subject_name", "provider_id")
_log = get_logger("waypost.provider_hooks")


class Farewells:
    """Say goodbye to providers, also to one that does not answer while its account is removed.

    What is kept is destroyed with its data key as soon as it has been said, or after a day.
    """

    def __init__(self, kernel: Kernel, registrar: Registrar) -> None:
        self._kernel = kernel
        self._registrar = registrar

    async def prepare(self, environment_id: str, account_id: str) -> None:
        """Keep what removing an account's webhooks takes, and plan to; raises WaypostError."""
        kernel = self._kernel
        hooks = await kernel.hooks.of_account(environment_id, account_id)
        if all(hook.provider_id is None for hook in hooks):
            return
        account = await kernel.accounts.for_call(environment_id, account_id)
        now = kernel.clock.now()
        async with kernel.database.write() as connection:
            await self._remove(connection, environment_id, account_id)
            text = Secret(encode_json(_written(account, hooks)).decode())
            place = (environment_id, _owner(account_id))
            sealed = await kernel.vault.seal(connection, *place, {_FIELD: text})
            await store.add(connection, environment_id, account_id, sealed[_FIELD], now)
            payload = {"environment_id": environment_id, "account_id": account_id}
            key = f"{account_id}@{now:.3f}"
            job = NewJob(FAREWELL, payload, key=key, at=now + AFTER_SECONDS)
            await kernel.jobs.enqueue(connection, job)

    async def forget(self, environment_id: str, account_id: str) -> None:
        """Destroy what is kept of an account."""
        async with self._kernel.database.write() as connection:
            await self._remove(connection, environment_id, account_id)

    async def forget_old(self) -> None:
        """Destroy what is kept for too long, of all environments: its job was lost."""
        before = self._kernel.clock.now() - MOST_SECONDS
        async with self._kernel.database.read() as connection:
            old = await store.older(connection, before)
        for environment_id, account_id in old:
            await self._give_up(environment_id, account_id, "it took too long")

    async def work(self, payload: Mapping[str, Any]) -> None:
        """Remove the webhooks of an account that is gone; raises what time may mend."""
        environment_id, account_id = payload["environment_id"], payload["account_id"]
        place = (environment_id, account_id)
        async with self._kernel.database.read() as connection:
            found = await store.find(connection, environment_id, account_id)
        if found is None:
            return
        if await self._is_there(*place):
            await self.forget(*place)
            return
        sealed, created_at = found
        if self._kernel.clock.now() - created_at >= MOST_SECONDS:
            await self._give_up(*place, "the provider did not answer for a day")
            return
        owner = _owner(account_id)
        text = await self._kernel.vault.open(environment_id, owner, _FIELD, sealed)
        try:
            await self._say(parse_json(text.reveal().encode()))
        except WaypostError as error:
            if _may_mend(error):
                raise
            await self._give_up(*place, error.message)
            return
        await self.forget(*place)

    async def _say(self, kept: Mapping[str, Any]) -> None:
        account = AccountForCall(
            Account(**kept["account"]),
            Install(**kept["install"]),
            kept["context"],
            {name: Secret(value) for name, value in kept["credentials"].items()},
        )
        bound = await self._kernel.calls.bind_account(account)
        there = There(self._kernel.calls, bound)
        kinds = {kind.name: kind for kind in there.kinds()}
        for named in kept["hooks"]:
            kind = kinds.get(named["kind"])
            if kind is not None:
                scope = self._registrar.scope(
                    kind, _hook(named, account), ThereHook(named["provider_id"])
                )
                await there.delete(kind, scope)

    async def _is_there(self, environment_id: str, account_id: str) -> bool:
        try:
            await self._kernel.accounts.get(environment_id, account_id)
        except NotFound:
            return False
        return True

    async def _give_up(self, environment_id: str, account_id: str, why: str) -> None:
        _log.warning("provider_hooks_left_behind", account=account_id, reason=why)
        await self.forget(environment_id, account_id)

    async def _remove(
        self, connection: AsyncConnection, environment_id: str, account_id: str
    ) -> None:
        await store.remove(connection, environment_id, account_id)
        await self._kernel.vault.destroy(connection, environment_id, _owner(account_id))


def _owner(account_id: str) -> str:
    return f"farewell:{account_id}"


def _written(account: AccountForCall, hooks: list[Hook]) -> dict[str, Any]:
    return {
        "account": asdict(account.account),
        "install": asdict(account.install),
        "context": dict(account.context),
        "credentials": {name: each.reveal() for name, each in account.credentials.items()},
        "hooks": [
            {name: getattr(hook, name) for name in _NAMED}
            for hook in hooks
            if hook.provider_id is not None
        ],
    }


def _hook(named: Mapping[str, Any], account: AccountForCall) -> Hook:
    values = {
        **dict.fromkeys(Hook.__slots__),
        **named,
        "environment_id": account.environment_id,
        "account_id": account.id,
    }
    return Hook(**values)


def _may_mend(error: WaypostError) -> bool:
    if isinstance(error, ProviderRefused):
        return is_temporary(error)
    return isinstance(error, ProviderError | BudgetExhausted | OperatorError)


__all__ = ["AFTER_SECONDS", "FAREWELL", "MOST_SECONDS", "Farewells"]
