"""Compare what callers wanted, what the books say, and what would have reached somebody."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import asdict, dataclass, fields
from typing import Any

from proofs.sends.letter import Letter


@dataclass(frozen=True)
class Verdict:
    """The figures of a proof; those of `WRONG` must be 0."""

    letters: int
    acknowledged: int
    in_outbox: int
    ends: Mapping[str, int]
    duplicates: int
    lost: int
    unanswered: int
    open_ends: int
    not_as_booked: int

    @property
    def holds(self) -> bool:
        """Say whether nothing was doubled or lost, every end is known, and every caller knows it."""
        return not any(getattr(self, name) for name in WRONG)

    def to_json(self) -> dict[str, Any]:
        """Write it as JSON."""
        return {**asdict(self), "ends": dict(self.ends)}


WRONG = ("duplicates", "lost", "unanswered", "open_ends", "not_as_booked")


def judge(
    letters: Sequence[Letter],
    books: Sequence[Mapping[str, Any]],
    outbox: Counter[str],
    message_ids: AbstractSet[str],
) -> Verdict:
    """Return the figures.

    A letter of which its caller was told that it is on its way is there exactly once; any other at
    most once. With a key its caller repeats it until told so: `unanswered` are those that never
    were. `not_as_booked` is the difference between the sends booked as accepted and the messages
    that are there, and how many emails are booked under an id that is not there, or is taken.
    """
    ends = Counter(f"{each['state']}:{each['reason'] or ''}".rstrip(":") for each in books)
    accepted = [each for each in books if each["state"] == "accepted"]
    booked = Counter(
        each["message_id"]
        for each in accepted
        # A batch that was answered is booked under the batch's id.
        if each["resource"] == "email"
        or (each["resource"] == "bulk-email" and each["reason"] == "reconciled")
    )
    astray = sum((booked - Counter(message_ids)).values())
    told = Counter(each.words for each in letters if each.is_acknowledged)
    return Verdict(
        letters=len(letters),
        acknowledged=told.total(),
        in_outbox=outbox.total(),
        ends=dict(sorted(ends.items())),
        duplicates=sum((outbox - Counter(each.words for each in letters)).values()),
        lost=sum((told - outbox).values()),
        unanswered=sum(each.key is not None and not each.is_acknowledged for each in letters),
        open_ends=sum(each["state"] in ("pending", "ambiguous") for each in books),
        not_as_booked=abs(len(accepted) - outbox.total()) + astray,
    )


def total(verdicts: Iterable[Verdict]) -> Verdict:
    """Add verdicts over several databases up."""
    found = list(verdicts)
    ends = sum((Counter(each.ends) for each in found), Counter[str]())
    numbers = [each.name for each in fields(Verdict) if each.name != "ends"]
    sums = {name: sum(getattr(each, name) for each in found) for name in numbers}
    return Verdict(**sums, ends=dict(sorted(ends.items())))


def show(title: str, verdict: Verdict) -> str:
    """Write the figures down."""
    ends = ", ".join(f"{name} {count}" for name, count in verdict.ends.items())
    return (
        f"{title}\n"
        f"  letters {verdict.letters}, acknowledged {verdict.acknowledged}, "
        f"in the outbox {verdict.in_outbox}\n"
        f"  ends: {ends}\n"
        f"  duplicates {verdict.duplicates}, lost {verdict.lost}, "
        f"keyed callers never told {verdict.unanswered}, "
        f"ends still open {verdict.open_ends}, booked otherwise {verdict.not_as_booked}\n"
    )
