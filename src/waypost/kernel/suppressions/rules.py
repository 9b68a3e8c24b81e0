"""The conflict rules as plain decisions; docs/guides/suppressions.md has them as one table."""

from collections.abc import Iterable, Sequence
from typing import Literal

from waypost.kernel.suppressions.address import PATTERNS, fits, keys_for
from waypost.kernel.suppressions.model import (
    EVERYWHERE,
    Fact,
    HeldBack,
    Suppression,
    account_scope,
    domain_scope,
)

MISSES = 2
"""How many complete readings in a row must miss an entry: one may skip a row when its pages move."""
GRACE_SECONDS = 600.0
"""How long a provider may take to list what it has told by an event."""

SKEW_SECONDS = 30.0
"""How far a provider's clock may be behind ours."""

Verdict = Literal["add", "keep", "revive", "ignore"]


def decide(fact: Fact, entry: Suppression | None, siblings: Sequence[Suppression]) -> Verdict:
    """Say what a fact does to the entry of its identity.

    `siblings` are the entries of its address, reason and origin whatever their scope: an event does
    not say which domain it is about, so a person's removal of one form answers for the other.
    """
    if fact.source in ("api", "import"):
        return "add" if entry is None else "keep" if entry.holds else "revive"
    if entry is not None:
        if entry.holds:
            return "keep"
        return "ignore" if _is_answered(fact, entry) else "revive"
    return "ignore" if any(_answers_for(each, fact) for each in siblings) else "add"


def _answers_for(other: Suppression, fact: Fact) -> bool:
    same = fact.source == "event" or other.source == "event"
    return same and not other.holds and _is_answered(fact, other)


def _is_answered(fact: Fact, removed: Suppression) -> bool:
    """Say whether a person removed what the fact tells, after it came to be."""
    if removed.removal != "person" or removed.removed_at is None:
        return False
    if removed.native_id and fact.native_id and removed.native_id != fact.native_id:
        return False
    return fact.at is None or fact.at < removed.removed_at


def why_back(fact: Fact, removed: Suppression) -> str:
    """Say why an entry that was removed holds again; the fact is one that revives it."""
    if fact.source in ("api", "import"):
        return "A person added it again."
    if fact.source == "event":
        if removed.removal == "provider":
            return "The provider told of it again."
        return "It happened again after it was removed."
    if removed.removal == "provider":
        return "It stands on the provider's list again."
    if removed.native_id and fact.native_id and removed.native_id != fact.native_id:
        return f"Another entry of the provider's list names it: {fact.native_id}."
    return "It was put on the provider's list after it was removed."


def is_ours(began_at: float, listed_at: float | None) -> bool:
    """Say whether a row of a provider's list came to be there by what we began to add then."""
    return listed_at is None or listed_at >= began_at - SKEW_SECONDS


def target_scopes(account_id: str, domain: str) -> tuple[str, ...]:
    """Return the scopes that hold for a whole account, or for one domain of it only."""
    if not domain:
        return (EVERYWHERE, account_scope(account_id))
    labels = domain.split(".")
    return tuple(domain_scope(".".join(labels[start:])) for start in range(len(labels)))


def covers(scope: str, account_id: str, sender_domain: str | None) -> bool:
    """Say whether a scope is about a send; a sender that is not known may be any of them."""
    kind, _, name = scope.partition(":")
    if kind == EVERYWHERE:
        return True
    if kind == "account":
        return name == account_id
    if sender_domain is None:
        return True
    return sender_domain == name or sender_domain.endswith("." + name)


def held_back(
    account_id: str,
    recipients: Iterable[tuple[str, str | None]],
    entries: Sequence[Suppression],
) -> list[HeldBack]:
    """Return who must not be written to, of addresses with the domain each is written from."""
    by_key: dict[str, list[Suppression]] = {}
    for entry in entries:
        by_key.setdefault(entry.key, []).append(entry)
    found: dict[str, dict[str, Suppression]] = {}
    for address, sender_domain in recipients:
        for key in keys_for(address):
            for entry in by_key.get(key, ()):
                if key == PATTERNS and not fits(entry.address, address):
                    continue
                if covers(entry.scope, account_id, sender_domain):
                    found.setdefault(address, {})[entry.id] = entry
    return [
        HeldBack(address, tuple(sorted(held.values(), key=lambda each: each.created_at)))
        for address, held in sorted(found.items())
    ]
