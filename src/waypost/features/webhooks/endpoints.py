"""Webhooks: made with a secret that is shown once, changed, deleted."""

import ipaddress
from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import urlsplit

from waypost.base.clock import Clock, iso
from waypost.base.database import Database
from waypost.base.errors import InvalidRequest
from waypost.base.ids import new_id
from waypost.base.listing import Listing, Page
from waypost.base.secret import Secret
from waypost.features.webhooks import store
from waypost.features.webhooks.secrets import FIELD, new_secret
from waypost.features.webhooks.store import Webhook
from waypost.kernel.events.types import refuse_unknown
from waypost.kernel.manifests import Manifests
from waypost.kernel.vault import Vault
from waypost.kernel.wire import Body

_ORDERS = ("message",)


class NewWebhook(Body):
    """The body of POST /webhook; without `event_types` it hears everything."""

    target_url: str
    event_types: list[str] | None = None
    tenant_ids: list[str] | None = None
    ordered_by: str | None = None
    is_active: bool = True


class WebhookChange(Body):
    """The body of PATCH /webhook/{id}; null in `event_types` or `tenant_ids` means everything."""

    ignored = frozenset({"id", "environment_id", "created_at", "updated_at"})
    target_url: str | None = None
    event_types: list[str] | None = None
    tenant_ids: list[str] | None = None
    ordered_by: str | None = None
    is_active: bool | None = None


class OneWebhook(Body):
    """The body of POST /webhook/test."""

    id: str


class Webhooks:
    """Keep the webhooks of environments; `http` to loopback is allowed where loopback is."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        manifests: Manifests,
        *,
        clock: Clock,
        allow_loopback: bool,
    ) -> None:
        self._database = database
        self._vault = vault
        self._manifests = manifests
        self._clock = clock
        self._allow_loopback = allow_loopback

    async def create(self, environment_id: str, body: NewWebhook) -> tuple[Webhook, Secret]:
        """Make a webhook and its secret, readable only now; raises InvalidRequest."""
        self._check_url(body.target_url)
        now = self._clock.now()
        types = _checked_types(body.event_types, self._manifests.event_types())
        record = Webhook(
            new_id(),
            environment_id,
            body.target_url,
            types,
            body.is_active,
            now,
            now,
            body.tenant_ids,
            _checked_order(body.ordered_by),
        )
        secret = new_secret()
        async with self._database.write() as connection:
            sealed = await self._vault.seal(connection, environment_id, record.id, {FIELD: secret})
            await store.add(connection, environment_id, record, sealed[FIELD])
        return record, secret

    async def get(self, environment_id: str, webhook_id: str) -> Webhook:
        """Return a webhook; raises NotFound."""
        async with self._database.read() as connection:
            return await store.get(connection, environment_id, webhook_id)

    async def list(self, environment_id: str, listing: Listing) -> Page[Webhook]:
        """Return a page of webhooks."""
        async with self._database.read() as connection:
            return await store.list_webhooks(connection, environment_id, listing)

    async def update(
        self, environment_id: str, webhook_id: str, changes: Mapping[str, Any]
    ) -> Webhook:
        """Change a webhook; raises NotFound, InvalidRequest."""
        if "target_url" in changes:
            self._check_url(changes["target_url"])
        values = dict(changes)
        if "ordered_by" in values:
            _checked_order(values["ordered_by"])
        async with self._database.write() as connection:
            kept = await store.get(connection, environment_id, webhook_id)
            if "event_types" in values:
                also = self._manifests.event_types().union(kept.event_types or ())
                values["event_types"] = _checked_types(values["event_types"], also)
            values["updated_at"] = self._clock.now()
            await store.change(connection, environment_id, webhook_id, values)
            return await store.get(connection, environment_id, webhook_id)

    async def remove(self, environment_id: str, webhook_id: str) -> None:
        """Delete a webhook and its secret; raises NotFound."""
        async with self._database.write() as connection:
            await store.get(connection, environment_id, webhook_id)
            await store.remove(connection, environment_id, webhook_id)
            await self._vault.destroy(connection, environment_id, webhook_id)

    def check_type(self, event_type: str) -> None:
        """Raise InvalidRequest for a type that no event here can have."""
        refuse_unknown(event_type, "event_type", self._manifests.event_types())

    def _check_url(self, url: str) -> None:
        fault = url_fault(url, allow_loopback=self._allow_loopback)
        if fault:
            raise InvalidRequest(f"target_url {fault}")


def url_fault(url: str, *, allow_loopback: bool) -> str | None:
    """Return why events cannot be sent to a URL, or None."""
    if len(url) > 2000 or any(ord(each) <= 32 or ord(each) == 127 for each in url):
        return "must be a URL of at most 2000 characters without spaces"
    try:
        parts = urlsplit(url)
        port_is_fine = parts.port is None or parts.port > 0
    except ValueError:
        return "must be an absolute https URL"
    if not parts.hostname or not port_is_fine:
        return "must be an absolute https URL"
    if "@" in parts.netloc:
        return "must not hold a user name"
    loopback = allow_loopback and _is_loopback(parts.hostname)
    if parts.scheme == "https" or (parts.scheme == "http" and loopback):
        return None
    return "must be an absolute https URL"


def wire_webhook(record: Webhook) -> dict[str, Any]:
    """Show a webhook, without its secret; `event_types` is left out where it hears everything."""
    shown: dict[str, Any] = {
        "id": record.id,
        "target_url": record.target_url,
        "is_active": record.is_active,
        "environment_id": record.environment_id,
        "created_at": iso(record.created_at),
        "updated_at": iso(record.updated_at),
    }
    if record.event_types is not None:
        shown["event_types"] = list(record.event_types)
    if record.tenant_ids is not None:
        shown["tenant_ids"] = list(record.tenant_ids)
    if record.ordered_by is not None:
        shown["ordered_by"] = record.ordered_by
    for name in ("failing_since", "paused_at"):
        at = getattr(record, name)
        shown[name] = None if at is None else iso(at)
    shown["pause_reason"] = record.pause_reason
    return shown


def _checked_types(types: list[str] | None, also: Collection[str]) -> list[str] | None:
    """Return the types once each; those in `also` are mapped to here, or asked for already."""
    for name in types or ():
        refuse_unknown(name, "event_types", also)
    return list(dict.fromkeys(types)) if types is not None else None


def _checked_order(order: str | None) -> str | None:
    if order is not None and order not in _ORDERS:
        raise InvalidRequest(f"ordered_by: '{order[:80]}' is no order; it can be 'message'")
    return order


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
