"""The rules of webhooks: creation, changes and shape."""

from __future__ import annotations

from urllib.parse import urlsplit

from waypost_sandbox import ids
from waypost_sandbox.shapes.domain import show_embedded
from waypost_sandbox.webhooks import errors
from waypost_sandbox.webhooks.telling import reset_failures
from waypost_sandbox.wire.check import Check, is_known, read_truth
from waypost_sandbox.wire.times import write_time
from waypost_sandbox.world.account import Account
from waypost_sandbox.world.things import Json, Webhook

# Which version a webhook gets that names none is unknown; the newest documents say 2.
DEFAULT_VERSION = 2
EVENTS = (
    "activity.sent",
    "activity.delivered",
    "activity.soft_bounced",
    "activity.hard_bounced",
    "activity.deferred",
    "activity.opened",
    "activity.opened_unique",
    "activity.clicked",
    "activity.clicked_unique",
    "activity.unsubscribed",
    "activity.spam_complaint",
    "activity.suppressed",
    "activity.survey_opened",
    "activity.survey_submitted",
    "sender_identity.verified",
    "maintenance.start",
    "maintenance.end",
    "inbound_forward.failed",
    "inbound_message.rejected",
    "email_single.verified",
    "email_list.verified",
    "bulk_email.completed",
    "recipient.on_hold_added",
    "recipient.on_hold_removed",
    "domain.reputation_changed",
    "account.reputation_changed",
)


def find_domain_webhooks(account: Account, query: Json) -> list[Webhook]:
    """Return a domain's webhooks; an unknown domain reads as a missing one."""
    check = Check(query)
    domain = check.field("domain_id").required()
    if not is_known(domain.value, account.domains):
        domain.fail(errors.DOMAIN_REQUIRED)
    check.refuse_if_wrong()
    return [w for w in account.webhooks.values() if w.domain_id == query["domain_id"]]


def check_new(account: Account, body: Json) -> None:
    """Check a webhook that is to be added."""
    check = Check(body)
    _check_fields(account, check, None)
    domain = check.field("domain_id").required()
    if not is_known(domain.value, account.domains):
        domain.fail(errors.DOMAIN_REQUIRED)
    check.refuse_if_wrong()


def create_webhook(account: Account, body: Json) -> Webhook:
    """Add a webhook that passed its checks."""
    now = account.now()
    webhook = Webhook(
        id=ids.make_hashid(),
        url=body["url"],
        name=body["name"],
        events=list(body["events"]),
        domain_id=body["domain_id"],
        secret=ids.make_secret(),
        created_at=now,
        updated_at=now,
        enabled=read_truth(body.get("enabled", True)),
        editable=read_truth(body.get("editable", True)),
        version=int(body.get("version") or DEFAULT_VERSION),
    )
    account.webhooks[webhook.id] = webhook
    return webhook


def check_change(account: Account, webhook: Webhook, body: Json) -> None:
    """Check a change to a webhook."""
    check = Check(body)
    _check_fields(account, check, webhook)
    check.refuse_if_wrong()


def update_webhook(account: Account, webhook: Webhook, body: Json) -> None:
    """Change a webhook by what passed its checks; switching it on forgives its failures."""
    webhook.url = body.get("url") or webhook.url
    webhook.name = body.get("name") or webhook.name
    webhook.events = list(body.get("events") or webhook.events)
    webhook.version = int(body.get("version") or webhook.version)
    if body.get("enabled") is not None:
        webhook.enabled = read_truth(body["enabled"])
        if webhook.enabled:
            reset_failures(account, webhook)
    if body.get("editable") is not None:
        webhook.editable = read_truth(body["editable"])
    webhook.updated_at = account.now()


def _check_fields(account: Account, check: Check, webhook: Webhook | None) -> None:
    url, name, events = check.field("url"), check.field("name"), check.field("events")
    if webhook is None:
        url.required()
        name.required()
        events.required()
    url.string().longest(191)
    if isinstance(url.value, str) and urlsplit(url.value).scheme not in ("http", "https"):
        url.fail(errors.BAD_URL)
    others = {w.url for w in account.webhooks.values() if w is not webhook}
    if is_known(url.value, others):
        url.fail(errors.URL_TAKEN)
    name.string().longest(191)
    events.array().each_of(EVENTS)
    check.field("enabled").boolean()
    check.field("editable").boolean()
    check.field("version").one_of((1, 2, "1", "2"))


def show_webhook(account: Account, webhook: Webhook, *, is_new: bool = False) -> Json:
    """Show a webhook; `editable` is null in the answer to its creation only."""
    domain = account.domains.get(webhook.domain_id)
    return {
        "id": webhook.id,
        "url": webhook.url,
        "events": webhook.events,
        "name": webhook.name,
        "enabled": webhook.enabled,
        "editable": None if is_new else webhook.editable,
        "secret": webhook.secret,
        "created_at": write_time(webhook.created_at),
        "updated_at": write_time(webhook.updated_at),
        "domain": show_embedded(domain) if domain else None,
    }
