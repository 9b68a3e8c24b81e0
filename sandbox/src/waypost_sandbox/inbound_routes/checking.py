"""Validation of an inbound route's body: filters, forwards, own domain."""

from __future__ import annotations

import re
from typing import Any

from waypost_sandbox.inbound_routes import errors
from waypost_sandbox.wire.check import Check, Field, Problems, read_truth
from waypost_sandbox.world.things import Json

CATCHES = ("catch_all", "catch_recipient")
MATCHES = ("match_all", "match_sender", "match_domain", "match_header")
MODES = ("all", "one")
COMPARERS = (
    "equal",
    "not-equal",
    "contains",
    "not-contains",
    "starts-with",
    "ends-with",
    "not-starts-with",
    "not-ends-with",
)
_MOST = 5
_HOST = re.compile(r"^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$", re.IGNORECASE)


def check_route(check: Check) -> None:
    """Check everything that both creation and change take."""
    check.field("name").required().string().longest(191)
    _check_domain(check)
    _check_filter(check, "catch_filter", CATCHES)
    check.field("catch_type").one_of(MODES)
    _check_filter(check, "match_filter", MATCHES)
    check.field("match_type").one_of(MODES)
    _check_forwards(check)


def _check_domain(check: Check) -> None:
    enabled = check.field("domain_enabled")
    if enabled.value is None:
        enabled.required()
    enabled.boolean()
    wants_domain = not enabled.is_wrong and read_truth(enabled.value)
    for name in ("inbound_domain", "inbound_priority"):
        if wants_domain and check.data.get(name) in (None, ""):
            check.field(name).fail(errors.needed_with_domain(name))
    domain = check.field("inbound_domain").string().longest(191)
    if isinstance(domain.value, str) and not domain.is_wrong and not _HOST.fullmatch(domain.value):
        domain.fail(errors.bad_domain("inbound_domain"))
    check.field("inbound_priority").integer().at_least(0).at_most(100)


def _check_filter(check: Check, name: str, types: tuple[str, ...]) -> None:
    field = check.field(name).required().object()
    if field.is_wrong or not isinstance(field.value, dict):
        return
    given: Json = field.value
    kind = Field(check.problems, f"{name}.type", given.get("type")).required().one_of(types)
    filters = Field(check.problems, f"{name}.filters", given.get("filters"))
    # Whatever catches or matches everything needs nothing more.
    filters.required_if(not kind.is_wrong and kind.value not in ("catch_all", "match_all"))
    filters.array().most_items(_MOST)
    if filters.is_wrong or not isinstance(filters.value, list):
        return
    for place, item in enumerate(filters.value):
        _check_one(check.problems, f"{name}.filters.{place}", item, kind.value == "match_header")


def _check_one(problems: Problems, name: str, item: Any, needs_key: bool) -> None:
    given = item if isinstance(item, dict) else {}
    Field(problems, f"{name}.comparer", given.get("comparer")).required().one_of(COMPARERS)
    Field(problems, f"{name}.value", given.get("value")).required().string().longest(191)
    key = Field(problems, f"{name}.key", given.get("key")).required_if(needs_key)
    key.string().longest(191)


def _check_forwards(check: Check) -> None:
    forwards = check.field("forwards").required().array().most_items(_MOST)
    if forwards.is_wrong or not isinstance(forwards.value, list):
        return
    values = [item.get("value") for item in forwards.value if isinstance(item, dict)]
    for place, item in enumerate(forwards.value):
        given = item if isinstance(item, dict) else {}
        name = f"forwards.{place}"
        kind = Field(check.problems, f"{name}.type", given.get("type"))
        kind.required().one_of(("email", "webhook"))
        value = Field(check.problems, f"{name}.value", given.get("value")).required().string()
        value.longest(191)
        if kind.value == "email":
            value.email()
        elif kind.value == "webhook":
            value.url()
        if values.count(given.get("value")) > 1:
            value.fail(errors.duplicated(value.name))
        Field(check.problems, f"{name}.secret", given.get("secret")).string().longest(191)
