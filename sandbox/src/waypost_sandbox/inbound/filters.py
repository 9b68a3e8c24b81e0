"""Which mail an inbound route takes: its catch filters and its match filters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from waypost_sandbox.world.things import Json

_TESTS: dict[str, Callable[[str, str], bool]] = {
    "equal": lambda held, wanted: held == wanted,
    "contains": lambda held, wanted: wanted in held,
    "starts-with": lambda held, wanted: held.startswith(wanted),
    "ends-with": lambda held, wanted: held.endswith(wanted),
}


@dataclass(slots=True, kw_only=True)
class Envelope:
    """What the filters look at."""

    sender: str
    recipients: list[str]
    headers: dict[str, list[str]] = field(default_factory=dict)


def find_routes(rows: dict[str, Json], address: str) -> list[Json]:
    """Return the enabled routes that an address reaches, most urgent first."""
    wanted = address.lower()
    host = wanted.rpartition("@")[2]
    found = [
        row
        for row in rows.values()
        if row.get("enabled") is not False
        and (
            str(row.get("address") or "").lower() == wanted
            or str(row.get("domain") or "").lower() == host
        )
    ]
    return sorted(found, key=lambda row: int(row.get("priority") or 0))


def takes(row: Json, envelope: Envelope) -> bool:
    """Say whether a route takes the mail."""
    filters = row.get("filters") or []
    caught = [each for each in filters if each.get("type") == "catch_recipient"]
    matched = [each for each in filters if each.get("type") not in ("catch_recipient", "catch_all")]
    return _hold(caught, row.get("catch_type"), envelope) and _hold(
        matched, row.get("match_type"), envelope
    )


def _hold(filters: list[Json], how: object, envelope: Envelope) -> bool:
    if not filters:
        return True
    results = [_holds(each, envelope) for each in filters]
    return any(results) if how == "one" else all(results)


def _holds(given: Json, envelope: Envelope) -> bool:
    kind = given.get("type")
    if kind == "match_all":
        return True
    comparer, wanted = str(given.get("comparer") or "equal"), str(given.get("value") or "").lower()
    # All comparers come in pairs: the negative one is true where no value fits.
    is_negative = comparer.startswith("not-")
    test = _TESTS.get(comparer.removeprefix("not-"))
    if test is None:
        return False
    values = [value.lower() for value in _values(str(kind), given, envelope)]
    return any(test(value, wanted) for value in values) is not is_negative


def _values(kind: str, given: Json, envelope: Envelope) -> list[str]:
    if kind == "catch_recipient":
        # GUESS: a recipient is compared whole and by its part before the @.
        return [part for each in envelope.recipients for part in (each, each.rpartition("@")[0])]
    if kind == "match_sender":
        return [envelope.sender]
    if kind == "match_domain":
        return [envelope.sender.rpartition("@")[2]]
    if kind == "match_header":
        return envelope.headers.get(str(given.get("key") or "").lower(), [])
    return []
