"""Take one webhook in: verify, read, keep, tell."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from waypost.base.clock import Clock, iso
from waypost.base.database import Database
from waypost.base.errors import NotFound, Unauthenticated
from waypost.base.group_commit import GroupCommit
from waypost.base.log import get_logger
from waypost.base.secret import Secret
from waypost.base.tasks import BackgroundTasks
from waypost.engine.manifest.webhooks import InboundWebhook
from waypost.engine.received import Received, read_received
from waypost.engine.signatures.verify import verify
from waypost.features.inbound import store
from waypost.features.inbound.store import ReceivedWebhook
from waypost.kernel.accounts import Account, Accounts
from waypost.kernel.events import Events
from waypost.kernel.hooks import Hooks
from waypost.kernel.manifests import Manifests

_log = get_logger("waypost.inbound")
_CONTEXT_SECRET = "webhook_secret"  # noqa: S105 - the name of an account's variable
MOST_TOGETHER = 8 * 1024 * 1024
"""How many bytes of webhooks one transaction keeps; one that is larger has its own."""
MOST_IN_A_BATCH = 500
_Told = tuple[ReceivedWebhook, Mapping[str, Any]]
"""A webhook and the payload of the event it becomes."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """One webhook as it arrived; `headers` have lower-case names, `body` is untouched."""

    account_id: str
    hook_id: str | None
    headers: Mapping[str, str]
    body: bytes
    url: str


@dataclass(frozen=True, slots=True)
class _Origin:
    """Who tells: the account, and what signs its webhooks."""

    account: Account
    secrets: list[Secret]


class Inbound:
    """Take webhooks of providers in."""

    def __init__(
        self,
        database: Database,
        *,
        accounts: Accounts,
        hooks: Hooks,
        manifests: Manifests,
        events: Events,
        clock: Clock,
        tasks: BackgroundTasks,
    ) -> None:
        self._database = database
        self._accounts = accounts
        self._hooks = hooks
        self._manifests = manifests
        self._events = events
        self._clock = clock
        self._together = GroupCommit(
            self._keep_all,
            tasks,
            most=MOST_TOGETHER,
            weigh=lambda told: max(len(told[0].raw), MOST_TOGETHER // MOST_IN_A_BATCH),
            name="keep webhooks",
        )
        self._origins = GroupCommit(
            self._look_up, tasks, most=MOST_IN_A_BATCH, name="read who tells"
        )

    async def receive(self, arrival: Arrival) -> str:
        """Take a webhook in and return what became of it: ping, new or known.

        Raises NotFound for an account nobody has, Unauthenticated when no secret of ours signed it,
        InvalidRequest when it is no JSON object. Nothing is kept of what is not verified.
        """
        origin = await self._origins.done((arrival.account_id, arrival.hook_id))
        if isinstance(origin, NotFound):
            raise NotFound(origin.message)
        account = origin.account
        webhooks = self._manifests.integration(account.integration).webhooks
        if not webhooks:
            raise NotFound(f"{account.integration} sends no webhooks.")
        read = read_received(webhooks, arrival.body, arrival.headers)
        if not self._is_genuine(origin, read, webhooks, arrival):
            raise Unauthenticated(
                "The signature does not match: the secret is another, or the body."
            )
        if read.is_ping:
            return "ping"
        return "new" if await self.keep(account, read, arrival.body, arrival.hook_id) else "known"

    async def keep(self, account: Account, read: Received, raw: bytes, hook_id: str | None) -> bool:
        """Store a webhook and tell its event, both or neither; False when it was told before.

        A burst shares one transaction; it has ended when this returns.
        """
        if read.fault is not None:
            _log.warning("webhook_not_understood", account=account.id, fault=read.fault)
        now = self._clock.now()
        record = ReceivedWebhook(
            id=f"{account.id}:{read.event_id}",
            environment_id=account.environment_id,
            account_id=account.id,
            hook_id=hook_id,
            provider_event_id=read.event_id,
            native_type=read.native_type,
            event_type=read.event_type,
            raw=raw,
            fault=read.fault,
            received_at=now,
        )
        return await self._together.done((record, payload_of(account, read, iso(now))))

    async def _keep_all(self, told: Sequence[_Told]) -> list[bool]:
        """Store webhooks in one transaction; say of each whether it is new."""
        async with self._database.write() as connection:
            fresh = await store.add_all_once(connection, [record for record, _ in told])
            is_new = []
            for record, _ in told:
                is_new.append(record.id in fresh)
                fresh.discard(record.id)  # told twice at once
            new = [each for each, new in zip(told, is_new, strict=True) if new]
            for environment_id, account_id, hook_id in sorted(_hooks_of(new)):
                await self._hooks.note_heard(connection, environment_id, account_id, hook_id)
            for environment_id in sorted({record.environment_id for record, _ in new}):
                happened = [
                    (record.event_type, payload)
                    for record, payload in new
                    if record.environment_id == environment_id
                ]
                await self._events.append_all(connection, environment_id, happened)
        return is_new

    async def _look_up(self, asked: Sequence[tuple[str, str | None]]) -> list[_Origin | NotFound]:
        """Read whom webhooks come from, each account once for all that came meanwhile."""
        distinct = list(dict.fromkeys(asked))
        found = await asyncio.gather(*(self._origin(*each) for each in distinct))
        by_name = dict(zip(distinct, found, strict=True))
        return [by_name[each] for each in asked]

    async def _origin(self, account_id: str, hook_id: str | None) -> _Origin | NotFound:
        try:
            account = await self._accounts.named_by_webhook(account_id)
        except NotFound as error:
            return error
        secrets = await self._hooks.secrets(account.environment_id, account.id, hook_id)
        shown = account.context.get(_CONTEXT_SECRET)
        if isinstance(shown, str):
            secrets.append(Secret(shown))
        return _Origin(account, secrets)

    def _is_genuine(
        self,
        origin: _Origin,
        read: Received,
        webhooks: Sequence[InboundWebhook],
        arrival: Arrival,
    ) -> bool:
        kinds = [read.kind] if read.kind is not None else list(webhooks)
        secrets = _secrets_for(origin, read)
        return any(
            verify(
                kind.signature,
                secrets=secrets,
                headers=arrival.headers,
                body=arrival.body,
                url=arrival.url,
                now=self._clock.now(),
            )
            for kind in kinds
        )


def _secrets_for(origin: _Origin, read: Received) -> Sequence[Secret]:
    """Return what may have signed it; a ping's published secret signs pings only."""
    ping = read.kind.ping if read.is_ping and read.kind is not None else None
    if ping is None or not ping.secret:
        return origin.secrets
    return [*origin.secrets, Secret(ping.secret)]


def _hooks_of(told: Sequence[_Told]) -> set[tuple[str, str, str]]:
    return {
        (record.environment_id, record.account_id, record.hook_id)
        for record, _ in told
        if record.hook_id is not None
    }


def payload_of(account: Account, read: Received, now: str) -> dict[str, Any]:
    """Return the payload of the event that a webhook becomes."""
    return {
        **read.data,
        "integrated_account_id": account.id,
        "tenant_id": account.tenant_id,
        "integration": account.integration,
        "provider_event_id": read.event_id,
        "provider_event_type": read.native_type,
        "occurred_at": read.occurred_at or now,
        "raw": read.body,
    }
