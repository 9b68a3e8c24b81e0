"""Who is told of what: happenings become deliveries, and each delivery its tries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from waypost_sandbox import ids
from waypost_sandbox.webhooks.payloads import sign, write_payload
from waypost_sandbox.wire.answer import write_compact
from waypost_sandbox.wire.times import write_time
from waypost_sandbox.world.account import Account
from waypost_sandbox.world.outgoing import WebhookDelivery
from waypost_sandbox.world.things import Happening, Json, Webhook

DELIVERIES_KEPT = 10_000
FAILURES_COUNT_FOR = timedelta(hours=24)
# A finished delivery's body is kept for reading up to this many characters.
BODY_KEPT = 65_536


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one try: a status, or why there was none, and how long it took."""

    status: int | None
    error: str | None
    took_ms: int

    @property
    def is_taken(self) -> bool:
        """Say whether the receiver took it."""
        return self.status is not None and 200 <= self.status < 300


def tell_webhooks(account: Account) -> None:
    """Make a delivery for everyone who is to know of what happened."""
    while account.happenings:
        happening = account.happenings.popleft()
        if happening.url is not None:
            _tell_url(account, happening)
        elif happening.sms_number_id is not None:
            _tell_sms_webhooks(account, happening)
        else:
            _tell_email_webhooks(account, happening)


def _tell_email_webhooks(account: Account, happening: Happening) -> None:
    for webhook in account.webhooks.values():
        if not webhook.enabled or happening.type not in webhook.events:
            continue
        if happening.domain_id not in (None, webhook.domain_id):
            continue
        body = write_payload(account, webhook, happening)
        add_delivery(
            account,
            kind="webhook",
            target_id=webhook.id,
            url=webhook.url,
            happening=happening,
            body=body,
            secret=webhook.secret,
        )


def _tell_sms_webhooks(account: Account, happening: Happening) -> None:
    for row in account.rows("sms_webhooks").values():
        number_id = row.get("sms_number_id") or (row.get("sms_number") or {}).get("id")
        if number_id != happening.sms_number_id or happening.type not in row.get("events", ()):
            continue
        if row.get("enabled") is False:
            continue
        payload = {
            "type": happening.type,
            "sms_number_id": happening.sms_number_id,
            "created_at": write_time(happening.at),
            "sms_webhook_id": row["id"],
            "url": row["url"],
            "data": happening.data,
        }
        add_delivery(
            account,
            kind="sms_webhook",
            target_id=str(row["id"]),
            url=row["url"],
            happening=happening,
            body=write_compact(payload),
            secret=_find_secret(row),
        )


def _find_secret(row: Json) -> str:
    return str(row.get("secret") or row.get("signing_secret") or "")


def _tell_url(account: Account, happening: Happening) -> None:
    url = str(happening.url)
    payload: Json = {"type": happening.type}
    if happening.sms_number_id is not None:
        payload["sms_number_id"] = happening.sms_number_id
    payload |= {"url": url, "created_at": write_time(happening.at), "data": happening.data}
    add_delivery(
        account,
        kind="forward",
        target_id=url,
        url=url,
        happening=happening,
        body=write_compact(payload),
        secret=happening.secret or "",
    )


def add_delivery(
    account: Account,
    *,
    kind: str,
    target_id: str,
    url: str,
    happening: Happening,
    body: bytes,
    secret: str,
) -> WebhookDelivery:
    """Add a delivery whose first try is due when the thing happened."""
    delivery = WebhookDelivery(
        id=ids.make_object_id(happening.at),
        kind=kind,
        target_id=target_id,
        url=url,
        event=happening.type,
        body=body.decode("ascii"),
        signature=sign(body, secret),
        created_at=happening.at,
        next_at=happening.at,
        domain_id=happening.domain_id,
    )
    account.deliveries[delivery.id] = delivery
    account.ready_deliveries.append(delivery.id)
    _forget_old(account)
    return delivery


def _forget_old(account: Account) -> None:
    surplus = len(account.deliveries) - DELIVERIES_KEPT
    if surplus < DELIVERIES_KEPT // 10:
        return
    finished = [key for key, held in account.deliveries.items() if held.state != "pending"]
    for key in finished[:surplus]:
        del account.deliveries[key]


def ready_delivery(account: Account, delivery_id: str) -> None:
    """Let a delivery be tried again, unless its hook was paused or deleted meanwhile."""
    delivery = account.deliveries.get(delivery_id)
    if delivery is None or delivery.state != "pending":
        return
    account.ready_deliveries.append(delivery_id)


def is_wanted(account: Account, delivery: WebhookDelivery) -> bool:
    """Say whether the delivery's hook is still there and on."""
    if delivery.kind == "webhook":
        webhook = account.webhooks.get(delivery.target_id)
        return webhook is not None and webhook.enabled
    if delivery.kind == "sms_webhook":
        row = account.rows("sms_webhooks").get(delivery.target_id)
        return row is not None and row.get("enabled") is not False
    return True


def close_delivery(delivery: WebhookDelivery, state: str) -> None:
    """End a delivery in a state; an oversized body is kept in part only."""
    delivery.state = state
    if len(delivery.body) > BODY_KEPT:
        delivery.body = f"{delivery.body[:BODY_KEPT]}… ({len(delivery.body)} characters)"


def note_try(account: Account, delivery: WebhookDelivery, outcome: Outcome) -> None:
    """Write a try down, and plan what follows: nothing, another try, or giving up."""
    attempt = {
        "at": write_time(delivery.next_at),
        "status": outcome.status,
        "error": outcome.error,
        "took_ms": outcome.took_ms,
    }
    delivery.attempts.append(attempt)
    if outcome.is_taken:
        close_delivery(delivery, "delivered")
        return
    waits = account.settings.webhook_retries
    tries = len(delivery.attempts)
    if tries <= len(waits):
        delivery.next_at += timedelta(seconds=waits[tries - 1])
        account.plan_work(delivery.next_at, "try_delivery", delivery.id)
        return
    close_delivery(delivery, "failed")
    _count_failure(account, delivery)
    _report_forward(account, delivery)


def _count_failure(account: Account, delivery: WebhookDelivery) -> None:
    """Count a delivery that failed for good; many in a day pause the hook."""
    at = delivery.next_at
    held = account.target_failures.get(delivery.target_id, [])
    recent = [moment for moment in held if moment > at - FAILURES_COUNT_FOR] + [at]
    account.target_failures[delivery.target_id] = recent
    if len(recent) == account.settings.webhook_warn_after:
        _warn(account, delivery, f"failed {len(recent)} times within 24 hours")
    if len(recent) >= account.settings.webhook_pause_after:
        _pause(account, delivery)


def _pause(account: Account, delivery: WebhookDelivery) -> None:
    webhook = account.webhooks.get(delivery.target_id)
    row = account.rows("sms_webhooks").get(delivery.target_id)
    if webhook is not None and webhook.enabled:
        webhook.enabled = False
        webhook.updated_at = delivery.next_at
    elif row is not None and row.get("enabled") is not False:
        row["enabled"] = False
    else:
        return
    del account.target_failures[delivery.target_id]
    _warn(account, delivery, "was paused: it keeps failing")


def _warn(account: Account, delivery: WebhookDelivery, words: str) -> None:
    warning = {
        "at": write_time(delivery.next_at),
        "target_id": delivery.target_id,
        "url": delivery.url,
        "warning": f"The {delivery.kind.replace('_', ' ')} {words}.",
    }
    account.warnings.append(warning)


def _report_forward(account: Account, delivery: WebhookDelivery) -> None:
    if delivery.inbound_message_id is None:
        return
    data = {
        "domain_id": delivery.domain_id,
        "inbound_id": delivery.target_id,
        "inbound_message_id": delivery.inbound_message_id,
    }
    account.announce("inbound_forward.failed", data, domain_id=delivery.domain_id)


def reset_failures(account: Account, webhook: Webhook) -> None:
    """Begin counting anew, as for a hook that was switched on again."""
    account.target_failures.pop(webhook.id, None)
