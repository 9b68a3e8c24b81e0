"""What may be asked for: the bodies, and the rows of a CSV file."""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from waypost.base.clock import iso
from waypost.base.errors import InvalidRequest
from waypost.kernel.suppressions.model import HERE, Suppression
from waypost.kernel.wire import Body

MOST_ROWS = 100_000
MOST_SHOWN = 20
COLUMNS = (
    "id",
    "address",
    "tenant_id",
    "reason",
    "scope",
    "integrated_account_id",
    "domain",
    "source",
    "told_by",
    "detail",
    "occurred_at",
    "created_at",
    "is_active",
    "removed_at",
    "removed_by",
    "removed_why",
)
_READ = ("address", "reason", "scope", "integrated_account_id", "domain", "detail")


class NewSuppression(Body):
    """The body of POST /suppression; `tenant_id` may be left out where an account is named."""

    address: str | None = None
    addresses: list[str] | None = None
    tenant_id: str | None = None
    reason: str = "manual"
    scope: str | None = None
    integrated_account_id: str | None = None
    domain: str | None = None
    detail: str | None = None


class PushWish(Body):
    """The body of PUT /suppression/push; `push` null has an account be as its tenant says."""

    push: str | None
    tenant_id: str | None = None
    integrated_account_id: str | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a file."""

    line: int
    address: str
    reason: str
    scope: str | None
    integrated_account_id: str | None
    domain: str | None
    detail: str | None
    is_active: bool = True


def read_rows(raw: bytes) -> list[Row]:
    """Read a CSV file with a header; raises InvalidRequest, naming the line.

    Columns of an export that only the server sets are passed over; so are its removed entries.
    """
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidRequest("The file is not UTF-8.") from None
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        names = [name.strip().lower() for name in reader.fieldnames or ()]
        reader.fieldnames = ["address" if name == "email" else name for name in names]
        _check_header(reader.fieldnames)
        return list(_rows(reader))
    except csv.Error as error:
        raise InvalidRequest(f"After line {reader.line_num}: {error}.") from None


def _check_header(names: list[str]) -> None:
    if "address" not in names:
        raise InvalidRequest("The first line must name the columns, among them 'address'.")
    unknown = sorted({name for name in names if name not in COLUMNS})
    if unknown:
        raise InvalidRequest(f"The column '{unknown[0][:80]}' is not known: {', '.join(COLUMNS)}.")
    if len(set(names)) < len(names):
        raise InvalidRequest("Two columns have the same name.")


def _rows(reader: "csv.DictReader[str]") -> Iterator[Row]:
    for count, found in enumerate(reader, start=1):
        if count > MOST_ROWS:
            raise InvalidRequest(f"A file may have {MOST_ROWS} rows.")
        if None in found or None in found.values():
            raise InvalidRequest(f"Line {reader.line_num} has more or fewer fields than the first.")
        given = {name: (found.get(name) or "").strip() or None for name in _READ}
        is_active = (found.get("is_active") or "true").strip().lower() != "false"
        address, reason = given.pop("address") or "", given.pop("reason") or "manual"
        yield Row(reader.line_num, address, reason, is_active=is_active, **given)


def header_line() -> str:
    """Return the first line of an export."""
    return _line(COLUMNS)


def line_of(entry: Suppression) -> str:
    """Return an entry's line of an export."""
    kind, _, name = entry.scope.partition(":")
    shown: Mapping[str, Any] = {
        **entry.wire(),
        "scope": kind,
        "integrated_account_id": name if kind == "account" else None,
        "domain": name if kind == "domain" else None,
        "told_by": None if entry.origin == HERE else entry.origin,
        "is_active": "true" if entry.holds else "false",
        "removed_at": None if entry.removed_at is None else iso(entry.removed_at),
        "removed_by": entry.removed_by,
        "removed_why": entry.removed_why,
    }
    return _line([shown[name] for name in COLUMNS])


def _line(values: Any) -> str:
    text = io.StringIO(newline="")
    csv.writer(text).writerow(["" if value is None else value for value in values])
    return text.getvalue()
