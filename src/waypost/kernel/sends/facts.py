"""What is kept of a message to find it again: digests, sealed, and no word of its content."""

import hashlib
from dataclasses import dataclass
from typing import Any

from waypost.engine.sending import Message

_DIGEST = 32


@dataclass(frozen=True, slots=True)
class Facts:
    """A message's facts: recipients, subject and text as digests; None is what nobody said."""

    sender: str | None
    recipients: frozenset[str]
    subject: str | None = None
    template: str | None = None
    text: str | None = None
    is_for_later: bool = False
    is_in_batch: bool = False

    @property
    def can_be_recognised(self) -> bool:
        """Say whether its absence from a list means anything."""
        return bool(self.recipients) and not self.is_for_later


def facts_of(message: Message) -> list[Any]:
    """Return a message's facts as they are kept."""
    return [
        message.sender,
        sorted(short_digest(each) for each in message.recipients),
        message.subject and message.subject[:_DIGEST],
        message.template,
        message.text and message.text[:_DIGEST],
        message.is_for_later,
        message.is_in_batch,
    ]


def read_facts(kept: list[Any]) -> Facts:
    """Read what `facts_of` wrote."""
    sender, recipients, *others = kept
    return Facts(sender, frozenset(recipients), *others)


def short_digest(text: str) -> str:
    """Return the digest under which an address is kept."""
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()[:16]


def facts_field(send_id: str) -> str:
    """Return the name under which a send's facts are sealed: a row copied elsewhere does not open."""
    return f"send:{send_id}"
