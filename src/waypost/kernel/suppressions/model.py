"""What holds somebody back, and what is told of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from waypost.base.clock import iso
from waypost.base.errors import InvalidRequest

Source = Literal["api", "import", "event", "pull"]
REASONS: Mapping[str, str] = {
    "hard_bounce": "The address refused mail for good.",
    "complaint": "The recipient called a message spam.",
    "unsubscribe": "The recipient asked for no more mail.",
    "blocklist": "It was put on a blocklist.",
    "on_hold": "The provider paused it for a while.",
    "manual": "Somebody asked that it be held back.",
    "provider": "The provider held it back, and did not say which of its lists did.",
}
HERE = "here"
"""The origin of what was told to us by a person; every other origin is an account."""
EVERYWHERE = "all"
PUSHES: Mapping[str, str] = {
    "off": "Nothing is put on the provider's lists.",
    "additions": "What holds for the account is put on its provider's list, and taken off again.",
    "all": "And what a person removes here is taken off the provider's own lists too.",
}


@dataclass(frozen=True, slots=True)
class Fact:
    """Somebody is to be held back, says `origin` (HERE, or an account's id).

    `at` is when that came to be, as its origin tells it; None where it does not tell.
    `native_list` and `native_id` name the provider's own entry.
    """

    tenant_id: str
    address: str
    reason: str
    scope: str
    origin: str
    source: Source
    at: float | None = None
    detail: str | None = None
    native_list: str | None = None
    native_id: str | None = None
    seen_in: str | None = None
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Suppression:
    """One entry: its identity, how it came, and, once removed, by whom, when and why.

    `removal` is `person` or `provider`. `seen_in` is the last reading of the provider's lists that
    showed it, `missed` how many complete ones since then did not. `returns` tell of its last
    removals that did not last, and why.
    """

    id: str
    environment_id: str
    tenant_id: str
    address: str
    key: str
    reason: str
    scope: str
    origin: str
    source: str
    detail: str | None
    native_list: str | None
    native_id: str | None
    occurred_at: float | None
    seen_in: str | None
    missed: int
    removal: str | None
    removed_at: float | None
    removed_by: str | None
    removed_why: str | None
    returns: list[dict[str, Any]] | None
    created_at: float
    updated_at: float

    @property
    def holds(self) -> bool:
        """Say whether it holds anybody back."""
        return self.removed_at is None

    def wire(self) -> dict[str, Any]:
        """Show it."""
        return {
            "id": self.id,
            "environment_id": self.environment_id,
            "tenant_id": self.tenant_id,
            "address": self.address,
            "reason": self.reason,
            "scope": wire_scope(self.scope),
            "source": self.source,
            "integrated_account_id": None if self.origin == HERE else self.origin,
            "detail": self.detail,
            "provider_list": self.native_list,
            "provider_id": self.native_id,
            "occurred_at": None if self.occurred_at is None else iso(self.occurred_at),
            "created_at": iso(self.created_at),
            "updated_at": iso(self.updated_at),
            "is_active": self.holds,
            "removed": self.removed(),
            "returns": self.returns or [],
        }

    def removed(self) -> dict[str, Any] | None:
        """Show when it was removed, by whom and why; None while it holds."""
        if self.removed_at is None:
            return None
        by = {"by": self.removed_by, "why": self.removed_why, "side": self.removal}
        return {"at": iso(self.removed_at), **by}


@dataclass(frozen=True, slots=True)
class Reading:
    """How far one account's lists at its provider are read.

    `place` is [list, cursor] of the next page, None at the beginning; `unread` are the lists of this
    run, with why, that could not be read to their end.
    """

    account_id: str
    environment_id: str
    run: str | None = None
    began_at: float | None = None
    place: list[Any] | None = None
    unread: dict[str, str] = field(default_factory=dict)
    finished_at: float | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """Where of a provider's list something is put: for the whole account, or for one domain.

    `domain` and `domain_id` are empty for the whole account. What has one of `scopes` holds there.
    """

    account_id: str
    native_list: str
    domain: str
    domain_id: str
    scopes: tuple[str, ...]

    @property
    def scope(self) -> str:
        """Return the scope of what the list itself tells of this place."""
        return domain_scope(self.domain) if self.domain else account_scope(self.account_id)


@dataclass(frozen=True, slots=True)
class HeldBack:
    """A recipient who must not be written to, and the entries that say so, oldest first."""

    address: str
    entries: tuple[Suppression, ...]

    def wire(self) -> dict[str, Any]:
        """Show it; the reasons stand in the order of their entries."""
        reasons = list(dict.fromkeys(each.reason for each in self.entries))
        held_by = [each.wire() for each in self.entries[:10]]
        return {"address": self.address, "reasons": reasons, "suppressions": held_by}


def account_scope(account_id: str) -> str:
    """Return the scope of one account."""
    return f"account:{account_id}"


def domain_scope(domain: str) -> str:
    """Return the scope of whatever is sent from a domain or below it."""
    return f"domain:{domain.lower().strip('.')}"


def wire_scope(scope: str) -> dict[str, str]:
    """Show a scope."""
    kind, _, name = scope.partition(":")
    named = {"account": {"integrated_account_id": name}, "domain": {"domain": name}}
    return {"type": kind, **named.get(kind, {})}


def checked_reason(reason: str) -> str:
    """Return a reason that a person may give; raises InvalidRequest."""
    known = [name for name in REASONS if name != "provider"]
    if reason not in known:
        raise InvalidRequest(f"reason must be one of {', '.join(known)}")
    return reason
