"""Rows that are kept in the shape they are read in: keys in the wire's order, gaps filled."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from waypost_sandbox.shapes.domain import show_small
from waypost_sandbox.wire.check import Check, Field, is_known
from waypost_sandbox.world.account import Account
from waypost_sandbox.world.things import Json


def show_row(row: Json, shape: Mapping[str, Any]) -> Json:
    """Show the keys of a shape in its order; `shape` maps each to what stands for nothing."""
    return {key: row[key] if key in row else copy.copy(held) for key, held in shape.items()}


def show_row_domain(account: Account, row: Json) -> Json | None:
    """Show the small shape of the domain that a row belongs to."""
    return show_small(account.domains.get(row.get("domain_id") or "")) or row.get("domain")


def check_domain(account: Account, check: Check) -> Field:
    """Check a required domain; an id that does not decode reads as a missing one."""
    field = check.field("domain_id").required()
    if not is_known(field.value, account.domains):
        field.fail("The domain id field is required. #MS42209")
    return field


def sort_rows(rows: list[Json], key: str, *, descending: bool) -> list[Json]:
    """Sort rows by one of their keys, those without a value first."""
    return sorted(rows, key=lambda row: str(row.get(key) or ""), reverse=descending)


def matches_text(row: Json, wanted: object, keys: tuple[str, ...]) -> bool:
    """Say whether one of the keys holds the text looked for."""
    if not wanted:
        return True
    return any(str(wanted).lower() in str(row.get(key) or "").lower() for key in keys)
