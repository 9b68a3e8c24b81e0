"""Take one webhook in: verify, read, keep, tell."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from waypost.base.clock import Clock, iso
from waypost.base.database import Database
from waypost.base.errors import NotFound, Unauthenticated
from waypost.base.log import get_logger
from waypost.base.secret import Secret
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


@dataclass(frozen=True, slots=True)
class Arrival:
    """One webhook as it arrived; `headers` have lower-case names, `body` is untouched."""

    account_id: str
    hook_id: str | None
    headers: Mapping[str, str]
    body: bytes
    url: str


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
    ) -> None:
        self._database = database
        self._accounts = accounts
        self._hooks = hooks
        self._manifests = manifests
        self._events = events
        self._clock = clock

    async def receive(self, arrival: Arrival) -> str:
        """Take a webhook in and return what became of it: ping, new or known.

        Raises NotFound for an account nobody has, Unauthenticated when no secret of ours signed it,
        InvalidRequest when it is no JSON object. Nothing is kept of what is not verified.
        """
        account = await self._accounts.named_by_webhook(arrival.account_id)
        webhooks = self._manifests.integration(account.integration).webhooks
        if not webhooks:
            raise NotFound(f"{account.integration} sends no webhooks.")
        read = read_received(webhooks, arrival.body, arrival.headers)
        if not await self._is_genuine(account, read, webhooks, arrival):
            raise Unauthenticated(
                "The signature does not match: the secret is another, or the body."
            )
        if read.is_ping:
            return "ping"
        return "new" if await self.keep(account, read, arrival.body, arrival.hook_id) else "known"

    async def keep(self, account: Account, read: Received, raw: bytes, hook_id: str | None) -> bool:
        """Store a webhook and tell its event, both or neither; False when it was told before."""
        if read.fault is not None:
            _log.warning("webhook_not_understood", account=account.id, fault=read.fault)
        now = self._clock.now()
        payload = payload_of(account, read, iso(now))
        async with self._database.write() as connection:
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
            if not await store.add_once(connection, record):
                return False
            if hook_id is not None:
                await self._hooks.note_heard(
                    connection, account.environment_id, account.id, hook_id
                )
            await self._events.append(connection, account.environment_id, read.event_type, payload)
        return True

    async def _is_genuine(
        self,
        account: Account,
        read: Received,
        webhooks: Sequence[InboundWebhook],
        arrival: Arrival,
    ) -> bool:
        kinds = [read.kind] if read.kind is not None else list(webhooks)
        secrets = await self._secrets(account, read, arrival.hook_id)
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

    async def _secrets(self, account: Account, read: Received, hook_id: str | None) -> list[Secret]:
        """Return what may have signed it; a ping's published secret signs pings only."""
        found = await self._hooks.secrets(account.environment_id, account.id, hook_id)
        shown = account.context.get(_CONTEXT_SECRET)
        if isinstance(shown, str):
            found.append(Secret(shown))
        if read.is_ping and read.kind is not None and read.kind.ping is not None:
            published = read.kind.ping.secret
            return [*found, Secret(published)] if published else found
        return found


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
