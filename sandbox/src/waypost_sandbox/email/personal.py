"""Personalization: its checks, and the texts each recipient gets."""

from __future__ import annotations

import re
from typing import Any

from waypost_sandbox.email import errors, twig
from waypost_sandbox.email.people import list_addresses
from waypost_sandbox.tracking.links import unsubscribe_url
from waypost_sandbox.wire.check import Field, Problems
from waypost_sandbox.world.account import Account
from waypost_sandbox.world.things import Json, Template

# The full list of reserved names is unknown; this one is certain.
RESERVED = ("unsubscribe",)
_BUILT_IN = re.compile(r"\{\{\s*(unsubscribe|account_name|support_email)\s*\}\}")


def check_personalization(problems: Problems, body: Json, template: Template | None) -> None:
    """Check the data, and that every text compiles when there is data."""
    items = body.get("personalization")
    Field(problems, "personalization", items).array()
    if not isinstance(items, list) or not items:
        return
    recipients = {address.lower() for address in list_addresses(body)}
    for place, item in enumerate(items):
        _check_item(problems, f"personalization.{place}", item, recipients)
    for attribute, source in zip(
        ("subject", "html", "text"), read_sources(body, template), strict=True
    ):
        if isinstance(source, str) and not _is_good(source, attribute, items):
            problems.add(attribute, errors.does_not_compile(attribute))


def _is_good(source: str, attribute: str, items: list[Any]) -> bool:
    """Say whether a text compiles, and renders at an acceptable cost for everyone."""
    if not twig.compiles(source, in_subject=attribute == "subject"):
        return False
    if "{" not in source:
        return True
    given = [item.get("data") for item in items if isinstance(item, dict)]
    try:
        for data in [*(held for held in given if isinstance(held, dict)), {}]:
            twig.render(source, data, as_html=attribute == "html")
    except twig.TwigError:
        return False
    return True


def _check_item(problems: Problems, name: str, item: Any, recipients: set[str]) -> None:
    given = item if isinstance(item, dict) else {}
    email = Field(problems, f"{name}.email", given.get("email")).required().string().email()
    if not email.is_wrong and str(email.value).lower() not in recipients:
        email.fail(errors.NOT_A_RECIPIENT.format(name=email.name))
    data = given.get("data")
    if not isinstance(data, dict):
        Field(problems, f"{name}.data", data).required().array()
        return
    dotted = [key for key in _walk_keys(data) if "." in key]
    if dotted:
        problems.add(f"{name}.data", errors.dotted_keys(f"{name}.data", dotted))
    if any(key in RESERVED for key in data):
        problems.add(f"{name}.data", errors.RESERVED_VARIABLE.format(name=f"{name}.data"))


def _walk_keys(data: Any) -> list[str]:
    """List every key at any depth, outer ones first; without recursion, as data may be deep."""
    found: list[str] = []
    waiting: list[Any] = [data]
    while waiting:
        held = waiting.pop()
        if isinstance(held, _Key):
            found.append(held)
        elif isinstance(held, dict):
            for name, value in reversed(held.items()):
                waiting += (value, _Key(name))
        elif isinstance(held, list):
            waiting += reversed(held)
    return found


class _Key(str):
    """A key on its way through the walk, not to be taken for a value."""

    __slots__ = ()


def read_sources(
    body: Json, template: Template | None
) -> tuple[str | None, str | None, str | None]:
    """Return subject, html and text before rendering; the body wins over the template."""
    return (
        body.get("subject") or (template.subject if template else None),
        body.get("html") or (template.html if template else None),
        body.get("text") or (template.text if template else None),
    )


def render_for(
    account: Account,
    body: Json,
    template: Template | None,
    *,
    address: str,
    email_id: str,
) -> tuple[str, str | None, str | None]:
    """Render subject, html and text for one recipient."""
    built_in = {
        "unsubscribe": unsubscribe_url(account, email_id),
        "account_name": account.settings.name,
        "support_email": account.settings.support_email,
    }
    data = _find_data(body, address)
    subject, html, text = (
        _render(source, data, built_in, as_html=place == 1)
        for place, source in enumerate(read_sources(body, template))
    )
    return subject or "", html, text


def _find_data(body: Json, address: str) -> Json | None:
    items = body.get("personalization")
    if not isinstance(items, list) or not items:
        return None
    for item in items:
        if str(item.get("email", "")).lower() == address.lower():
            data = item["data"]
            # PHP takes a list for an array too; it names no variable.
            return dict(data) if isinstance(data, dict) else {}
    return {}


def _render(source: str | None, data: Json | None, built_in: Json, *, as_html: bool) -> str | None:
    if source is None:
        return None
    if data is None:
        # Without personalization nothing is compiled; only their own variables are filled.
        return _BUILT_IN.sub(lambda match: str(built_in[match[1]]), source)
    return twig.render(source, {**built_in, **data}, as_html=as_html)
