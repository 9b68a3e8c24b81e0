"""The rules of templates."""

from __future__ import annotations

import re
from collections import Counter

from waypost_sandbox import ids
from waypost_sandbox.shapes.domain import show_small
from waypost_sandbox.templates import errors
from waypost_sandbox.wire.check import Check, is_known, read_truth
from waypost_sandbox.wire.refusals import refuse_not_found
from waypost_sandbox.wire.times import write_time
from waypost_sandbox.world.account import Account
from waypost_sandbox.world.things import Email, Json, Template

IMAGE_PATH = "https://storage.googleapis.com/mailersend-screenshots/screenshots/template_{id}.png"
_VARIABLE = re.compile(r"\{\{\s*([A-Za-z][\w.]*)")
_TAG = re.compile(r"<[^<>]+>")


def create_template(account: Account, body: Json) -> Template:
    """Store a template; the wire documents this, no real answer is on record."""
    check = Check(body)
    check.field("html").required()
    _check_fields(account, check)
    if not read_truth(body.get("auto_generate")) and not body.get("text"):
        check.field("text").fail(errors.TEXT_REQUIRED)
    check.refuse_if_wrong()
    template_id = ids.make_hashid()
    template = Template(
        id=template_id,
        name=body.get("name") or "Template",
        created_at=account.now(),
        image_path=IMAGE_PATH.format(id=template_id),
        is_made_by_api=True,
    )
    _apply(template, body)
    account.templates[template.id] = template
    return template


def update_template(account: Account, template: Template, body: Json) -> None:
    """Change a template that was made through the API; others answer as unknown."""
    if not template.is_made_by_api:
        raise refuse_not_found()
    check = Check(body)
    _check_fields(account, check)
    check.refuse_if_wrong()
    _apply(template, body)


def _check_fields(account: Account, check: Check) -> None:
    for name in ("html", "text"):
        check.field(name).string()
    check.field("name").string().longest(50)
    domain = check.field("domain_id")
    if domain.value is not None and not is_known(domain.value, account.domains):
        domain.fail(errors.DOMAIN_INVALID)
    check.field("categories").array().each_string()
    check.field("tags").array().most_items(5).each_string(191)
    check.field("auto_generate").boolean()


def _apply(template: Template, body: Json) -> None:
    template.html = body.get("html") or template.html
    template.text = body.get("text") or template.text
    if template.text is None and template.html is not None:
        template.text = _TAG.sub("", template.html)
    template.name = body.get("name") or template.name
    template.domain_id = body.get("domain_id") or template.domain_id
    template.tags = list(body.get("tags") or template.tags)
    if "categories" in body:
        template.categories = list(body["categories"] or [])
    template.variables = find_variables(template)


def find_variables(template: Template) -> Json:
    """Return the variables that a template's texts name; PHP shows none as a list."""
    found = [
        name
        for source in (template.subject, template.html, template.text)
        for name in _VARIABLE.findall(source or "")
    ]
    return {"variables": [], "personalization": dict.fromkeys(found, "") or []}


def show_row(template: Template) -> Json:
    """Show a template in a list; its texts are never shown."""
    return {
        "id": template.id,
        "name": template.name,
        "description": template.description,
        "type": template.type,
        "image_path": template.image_path,
        "variables": template.variables or find_variables(template),
        "created_at": write_time(template.created_at),
        "category": template.category,
        "categories": template.categories,
    }


def show_template(account: Account, template: Template) -> Json:
    """Show one template with its domain and what its emails did."""
    return {
        **show_row(template),
        "domain": show_small(account.domains.get(template.domain_id or "")),
        "template_stats": _count_stats(account, template),
    }


def _count_stats(account: Account, template: Template) -> Json:
    emails = [e for e in account.emails.values() if e.template_id == template.id]
    statuses = Counter(email.status for email in emails)
    did = Counter(each for email in emails for each in email.interactions)
    delivered = statuses["delivered"]

    def rate(count: int) -> float:
        return round(100 * count / delivered, 2) if delivered else 0

    stats: Json = {"total": len(emails)}
    stats |= {name: statuses[name] for name in ("queued", "sent", "rejected", "delivered")}
    for past, name in (
        ("opened", "open"),
        ("clicked", "click"),
        ("unsubscribed", "unsubscribe"),
        ("complained", "complain"),
    ):
        stats |= {past: did[past], f"{name}_rate": rate(did[past])}
    stats["last_email_sent_at"] = _last_sent(emails)
    return {**stats, **template.seeded_stats}


def _last_sent(emails: list[Email]) -> str | None:
    times = [email.created_at for email in emails]
    return write_time(max(times)) if times else None
