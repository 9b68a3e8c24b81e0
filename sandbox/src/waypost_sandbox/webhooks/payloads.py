"""The bodies that webhooks are sent, in both versions, and how they are signed."""

from __future__ import annotations

import hashlib
import hmac

from waypost_sandbox.wire.answer import write_compact
from waypost_sandbox.wire.times import write_time
from waypost_sandbox.world.account import Account
from waypost_sandbox.world.things import Activity, Email, Happening, Json, Webhook

# Real samples of these carry times without a zone.
_BARE_TIMES = ("sender_identity.", "maintenance.")
# GUESS: v1 names a complaint in the singular, as its own inner object does.
_V1_TYPES = {"spam_complaints": "spam_complaint"}
_V1_REASON = "option_3"
_READABLE_REASON = "I no longer want to receive these emails"


def sign(body: bytes, secret: str) -> str:
    """Return the lowercase hex HMAC-SHA256 of the body as it is sent."""
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def write_payload(account: Account, webhook: Webhook, happening: Happening) -> bytes:
    """Write what one webhook is told, in its own version."""
    created = write_time(happening.at)
    if happening.type.startswith(_BARE_TIMES):
        created = happening.at.strftime("%Y-%m-%d %H:%M:%S")
    if webhook.version == 1:
        return write_compact(_make_v1(account, webhook, happening, created))
    payload = {
        "type": happening.type,
        "created_at": created,
        "data": happening.data,
        "webhook_id": webhook.id,
    }
    return write_compact(payload)


def _make_v1(account: Account, webhook: Webhook, happening: Happening, created: str) -> Json:
    data = happening.data
    activity = account.activities.get(str(data.get("id")))
    if happening.type.startswith("activity.") and activity is not None:
        data = _show_v1_activity(account, activity)
    return {
        "type": happening.type,
        "domain_id": happening.domain_id or webhook.domain_id,
        "created_at": created,
        "webhook_id": webhook.id,
        "url": webhook.url,
        "data": data,
    }


def _show_v1_activity(account: Account, activity: Activity) -> Json:
    email = account.emails.get(activity.email_id)
    return {
        "object": "activity",
        "id": activity.id,
        "type": _V1_TYPES.get(activity.type, activity.type),
        "created_at": write_time(activity.created_at),
        "email": _show_v1_email(account, email) if email else None,
        "morph": _show_morph(activity),
        "template_id": email.template_id if email else "",
    }


def _show_v1_email(account: Account, email: Email) -> Json:
    message = account.messages.get(email.message_id)
    recipient = account.recipients.get(email.recipient_id)
    return {
        "object": "email",
        "id": email.id,
        "created_at": write_time(email.created_at),
        "from": email.sender,
        "subject": email.subject,
        "status": email.status,
        "tags": email.tags,
        "headers": email.headers,
        "message": {
            "object": "message",
            "id": email.message_id,
            "created_at": write_time(message.created_at if message else email.created_at),
        },
        "recipient": {
            "object": "recipient",
            "id": email.recipient_id,
            "email": recipient.email if recipient else "",
            "created_at": write_time(recipient.created_at if recipient else email.created_at),
        },
    }


def _show_morph(activity: Activity) -> Json | None:
    kind, meta = activity.type.removesuffix("_unique"), activity.meta
    if kind in ("opened", "clicked"):
        name = "open" if kind == "opened" else "click"
        shown = {
            "object": name,
            "id": activity.id,
            "created_at": write_time(activity.created_at),
            "ip": meta.get("ip"),
        }
        return shown if name == "open" else {**shown, "url": meta.get("url")}
    if kind in ("hard_bounced", "soft_bounced"):
        return {"object": "recipient_bounce", "reason": meta.get("bounce_reason", "")}
    if kind == "spam_complaints":
        return {"object": "spam_complaint", "reason": None}
    if kind == "unsubscribed":
        return {
            "object": "recipient_unsubscribe",
            "reason": _V1_REASON,
            "readable_reason": _READABLE_REASON,
        }
    return None
