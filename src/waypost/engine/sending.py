"""What a message that leaves says of itself, and what a provider's list says of those it has."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parseaddr
from typing import Any

from waypost.engine.manifest.sending import Sending, SentRow
from waypost.engine.manifest.suppressions import SuppressionRow

_PLACEHOLDERS = ("{{", "{$", "{%")


@dataclass(frozen=True, slots=True)
class Message:
    """A message as far as it can be recognised; None is what nobody said.

    `sender` and `recipients` are addresses in lower case, or digits; `subject` and `text` are
    SHA-256 in hex, None where the provider fills them in.
    """

    sender: str | None = None
    recipients: tuple[str, ...] = ()
    subject: str | None = None
    template: str | None = None
    text: str | None = None
    is_for_later: bool = False
    is_in_batch: bool = False


@dataclass(frozen=True, slots=True)
class ListedMessage:
    """A message that a provider lists; `at` is in Unix seconds, None where it is not told."""

    id: str
    message: Message
    at: float | None = None


@dataclass(frozen=True, slots=True)
class ListedSuppression:
    """Somebody whom a provider will not write to; `at` is in Unix seconds."""

    address: str
    id: str | None = None
    domain: str | None = None
    at: float | None = None
    detail: str | None = None


def read_suppressed(row: SuppressionRow, records: list[Any]) -> list[ListedSuppression]:
    """Return whom a provider's rows name; a row without an address names nobody."""
    return [
        ListedSuppression(
            address=address,
            id=_text(_first(record, row.id)),
            domain=_text(_first(record, row.domain)),
            at=_moment(_first(record, row.at)),
            detail=_text(_first(record, row.detail)),
        )
        for record in records
        if (address := _text(_first(record, row.address))) is not None
    ]


def read_messages(sending: Sending, body: Any) -> list[Message]:
    """Return what a request's parsed body sends; whatever cannot be read is None."""
    items = body if sending.batch and isinstance(body, list) else [body]
    return [
        Message(
            sender=_address(_first(item, sending.from_)),
            recipients=_recipients(item, sending.to),
            subject=_digest(_first(item, sending.subject)),
            template=_text(_first(item, sending.template)),
            text=_digest(_first(item, sending.text)),
            is_for_later=_first(item, sending.later) is not None,
            is_in_batch=sending.batch,
        )
        for item in items
    ]


def read_listed(row: SentRow, records: list[Any]) -> list[ListedMessage]:
    """Return the messages of a provider's rows; rows with one id are one message."""
    found: dict[str, list[Any]] = {}
    for record in records:
        identifier = _text(_first(record, row.id))
        if identifier is not None:
            found.setdefault(identifier, []).append(record)
    return [_listed(row, identifier, same) for identifier, same in found.items()]


def _listed(row: SentRow, identifier: str, records: list[Any]) -> ListedMessage:
    first = records[0]
    recipients = {each for record in records for each in _addresses(record, row.to)}
    message = Message(
        sender=_address(_first(first, row.from_)),
        recipients=tuple(sorted(recipients)),
        subject=_digest(_first(first, row.subject)),
        template=_text(_first(first, row.template)),
        text=_digest(_first(first, row.text)),
    )
    return ListedMessage(identifier, message, _moment(_first(first, row.at)))


def pluck(value: Any, path: str, *, is_loose: bool = False) -> Iterator[Any]:
    """Yield what stands at a dotted path of a JSON value, in every item of lists on the way.

    A loose reader takes an object that lacks the next name for a list of what it holds.
    """
    values = [value]
    for key in path.split("."):
        inside = (item for each in values for item in _items(each, key if is_loose else None))
        values = [item[key] for item in inside if isinstance(item, Mapping) and key in item]
    for each in values:
        yield from each if isinstance(each, list) else (each,)


def _items(value: Any, key: str | None) -> Iterable[Any]:
    if isinstance(value, list):
        return value
    if key is not None and isinstance(value, Mapping) and key not in value:
        return value.values()
    return (value,)


def _first(value: Any, path: str | None) -> Any:
    return None if path is None else next(pluck(value, path), None)


def _addresses(value: Any, paths: tuple[str, ...]) -> tuple[str, ...]:
    found = (_address(each) for path in paths for each in pluck(value, path))
    return tuple(sorted({each for each in found if each is not None}))


def _recipients(value: Any, paths: tuple[str, ...]) -> tuple[str, ...]:
    """Return everybody whom a request may name: some providers take an object for a list."""
    found = (_address(each) for path in paths for each in pluck(value, path, is_loose=True))
    return tuple(sorted({each for each in found if each is not None}))


def _address(value: Any) -> str | None:
    """Return an address without the name around it, or a number's digits."""
    if not isinstance(value, str):
        return None
    if "@" in value:
        return parseaddr(value)[1].lower() or value.strip().lower()
    return "".join(character for character in value if character.isdigit()) or None


def _digest(value: Any) -> str | None:
    if not isinstance(value, str) or not value or any(mark in value for mark in _PLACEHOLDERS):
        return None
    return hashlib.sha256(value.strip().encode(errors="replace")).hexdigest()


def _text(value: Any) -> str | None:
    return str(value) if isinstance(value, str | int) and value != "" else None


def _moment(value: Any) -> float | None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()


__all__ = [
    "ListedMessage",
    "ListedSuppression",
    "Message",
    "pluck",
    "read_listed",
    "read_messages",
    "read_suppressed",
]
