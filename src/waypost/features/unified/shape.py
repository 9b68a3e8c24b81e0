"""How a unified answer is dressed: formats, excluded fields, keyed lists."""

from collections.abc import Iterable, Sequence
from typing import Any

from waypost.base.errors import InvalidRequest
from waypost.engine.unify import Mapped
from waypost.kernel.calls.reading import Reading

FORMATS = ("unified", "raw", "normalized", "stream")


def response_format(reading: Reading) -> str:
    """Read `truto_response_format`; raises InvalidRequest naming the formats."""
    chosen = str(reading.switches.get("truto_response_format") or "unified")
    if chosen not in FORMATS:
        raise InvalidRequest(f"truto_response_format is one of {', '.join(FORMATS)}.")
    return chosen


def refuse_unknown_switches(reading: Reading) -> None:
    """Raise InvalidRequest for a `truto_*` word that means nothing here, naming those that do."""
    if not reading.switches:
        return
    unknown = sorted(set(reading.switches) - SWITCHES)
    if unknown:
        raise InvalidRequest(
            f"{', '.join(unknown)} is not a switch here; known: {', '.join(sorted(SWITCHES))}."
        )
    if "truto_super_query" in reading.switches:
        raise InvalidRequest(
            "truto_super_query reads a synced store, which this server does not keep: "
            "every answer is live."
        )


SWITCHES = frozenset(
    {
        "truto_response_format",
        "truto_key_by",
        "truto_ignore_limit",
        "truto_ignore_remote_data",
        "truto_exclude_fields",
        "truto_body_passthrough",
        "truto_super_query",
    }
)


def dress(
    items: Sequence[Mapped], reading: Reading, form: str, fields: Iterable[str]
) -> list[dict[str, Any]]:
    """Return records as the caller asked for them.

    `normalized` has every field of the model, null where unknown, and never the provider's record.
    """
    excluded = frozenset(reading.words("truto_exclude_fields"))
    if form == "normalized":
        names = [name for name in fields if name != "remote_data" and name not in excluded]
        return [{name: item.record.get(name) for name in names} for item in items]
    if reading.flag("truto_ignore_remote_data"):
        records = [dict(item.record) for item in items]
    else:
        records = [{**item.record, "remote_data": item.raw} for item in items]
    if excluded:
        for record in records:
            for name in excluded:
                record.pop(name, None)
    return records


def keyed(records: list[dict[str, Any]], items: list[Mapped], reading: Reading) -> Any:
    """Return the list, or an object keyed by `truto_key_by`; raises InvalidRequest.

    The key is read from the whole record, so it may be a field that was excluded.
    """
    field = reading.switches.get("truto_key_by")
    if not field:
        return records
    if not isinstance(field, str):
        raise InvalidRequest("truto_key_by is one field, given once.")
    keys: dict[str, dict[str, Any]] = {}
    for record, item in zip(records, items, strict=True):
        value = item.record.get(field)
        if not isinstance(value, str | int | float | bool):
            raise InvalidRequest(f"truto_key_by: not every record has a plain {field!r}.")
        keys[str(value)] = record
    return keys
