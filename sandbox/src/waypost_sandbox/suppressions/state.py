"""The rules of suppressions: lists of addresses, and what they mean for a send."""

from __future__ import annotations

from waypost_sandbox import ids
from waypost_sandbox.suppressions import errors
from waypost_sandbox.suppressions.patterns import PatternError, read_pattern
from waypost_sandbox.wire.check import Check, Field, is_known, read_truth
from waypost_sandbox.world.account import Account
from waypost_sandbox.world.things import Json, Recipient, Suppression

KINDS = ("blocklist", "hard_bounces", "spam_complaints", "unsubscribes", "on_hold")
# How a send's warning names each kind; on_hold is a GUESS.
WARNING_REASONS = {
    "blocklist": "blocklisted",
    "hard_bounces": "hard_bounced",
    "spam_complaints": "spam_complaint",
    "unsubscribes": "unsubscribed",
    "on_hold": "on_hold",
}
# How an email's own field names each kind; complaints are spelled otherwise there.
EMAIL_REASONS = {**WARNING_REASONS, "spam_complaints": "spam_complained"}


def add_entry(
    account: Account, kind: str, recipient: Recipient, *, reason: str | None = None
) -> Suppression:
    """Put a recipient on a list; one that is there already stays as it was."""
    for entry in account.suppressions.values():
        if entry.kind == kind and entry.recipient_id == recipient.id:
            return entry
    now = account.now()
    made = Suppression(
        id=ids.make_object_id(now),
        kind=kind,
        pattern=recipient.email,
        created_at=now,
        updated_at=now,
        domain_id=recipient.domain_id,
        recipient_id=recipient.id,
        reason=reason,
    )
    account.suppressions[made.id] = made
    return made


def block(
    account: Account, pattern: str, domain_id: str | None, kind: str = "exact"
) -> Suppression:
    """Block an address or a pattern, for a domain or the whole account."""
    for entry in account.suppressions.values():
        if (entry.kind, entry.type, entry.pattern, entry.domain_id) == (
            "blocklist",
            kind,
            pattern,
            domain_id,
        ):
            return entry
    now = account.now()
    made = Suppression(
        id=ids.make_object_id(now),
        kind="blocklist",
        type=kind,
        pattern=pattern,
        created_at=now,
        updated_at=now,
        domain_id=domain_id,
    )
    account.suppressions[made.id] = made
    return made


def find_reasons(account: Account, domain_id: str, email: str) -> list[str]:
    """Return the kinds of list that forbid writing to the address."""
    found = {
        entry.kind
        for entry in account.suppressions.values()
        if entry.domain_id in (None, domain_id) and _matches(entry, email)
    }
    return [kind for kind in KINDS if kind in found]


def _matches(entry: Suppression, email: str) -> bool:
    if entry.type == "pattern":
        try:
            return read_pattern(entry.pattern).fits(email)
        except PatternError:
            # Seeded so: it stands on the list and fits nobody.
            return False
    return entry.pattern.lower() == email.lower()


def list_entries(account: Account, kind: str, domain_id: str | None) -> list[Suppression]:
    """List a kind's entries, newest first."""
    rows = [
        entry
        for entry in account.suppressions.values()
        if entry.kind == kind and (domain_id is None or entry.domain_id == domain_id)
    ]
    rows.reverse()
    return sorted(rows, key=lambda entry: entry.created_at, reverse=True)


def add_to_list(account: Account, kind: str, body: Json) -> list[Suppression]:
    """Add addresses to a domain's list; an unknown domain reads as a missing one."""
    check = Check(body)
    domain = check.field("domain_id").required()
    if not is_known(domain.value, account.domains):
        domain.fail(errors.DOMAIN_REQUIRED)
    check.field("recipients").required().array()
    _check_addresses(check)
    check.refuse_if_wrong()
    # Real rows of hard bounces that were added by hand carry this reason.
    reason = "Unknown reason" if kind == "hard_bounces" else None
    return [
        add_entry(account, kind, account.ensure_recipient(body["domain_id"], email), reason=reason)
        for email in body["recipients"]
    ]


def add_to_blocklist(account: Account, body: Json) -> list[Suppression]:
    """Block addresses and patterns; without a domain, for the whole account."""
    check = Check(body)
    domain = check.field("domain_id")
    if domain.value is not None and not is_known(domain.value, account.domains):
        domain.fail(errors.DOMAIN_INVALID)
    recipients = check.field("recipients").array()
    patterns = check.field("patterns").array().each_string()
    if not recipients.value and not patterns.value:
        recipients.fail(errors.NEEDS_RECIPIENTS_OR_PATTERNS)
    _check_addresses(check)
    _check_patterns(check)
    check.refuse_if_wrong()
    domain_id = body.get("domain_id") or None
    return [
        *(block(account, email, domain_id) for email in body.get("recipients") or []),
        *(block(account, each, domain_id, "pattern") for each in body.get("patterns") or []),
    ]


def _check_addresses(check: Check) -> None:
    given = check.data.get("recipients")
    for place, item in enumerate(given if isinstance(given, list) else []):
        Field(check.problems, f"recipients.{place}", item).required().string().email()


def _check_patterns(check: Check) -> None:
    given = check.data.get("patterns")
    for place, item in enumerate(given if isinstance(given, list) else []):
        try:
            read_pattern(str(item))
        except PatternError:
            name = f"patterns.{place}"
            Field(check.problems, name, item).fail(errors.BAD_PATTERN.format(name=name))


def remove_from_list(account: Account, kind: str, body: Json) -> None:
    """Take entries off a list by id, or all of them (of a domain, when one is named)."""
    check = Check(body)
    domain = check.field("domain_id")
    if domain.value is not None and not is_known(domain.value, account.domains):
        domain.fail(errors.DOMAIN_INVALID)
    rows = list_entries(account, kind, body.get("domain_id") or None)
    known = {entry.id for entry in rows}
    check.field("all").boolean()
    ids_field = check.field("ids").array()
    wants_all = read_truth(body.get("all"))
    if not wants_all and not ids_field.value:
        ids_field.fail(errors.NEEDS_IDS_OR_ALL)
    if not wants_all:
        ids_field.each_of(known)
    check.refuse_if_wrong()
    for entry_id in known if wants_all else body["ids"]:
        account.suppressions.pop(entry_id, None)
