"""Compare what callers wanted, what the books say, and what would have reached somebody."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from proofs.sends.world import Letter


@dataclass(frozen=True)
class Verdict:
    """The figures of a proof; all but `letters` and the counts of ends must be 0."""

    letters: int
    acknowledged: int
    in_outbox: int
    ends: Mapping[str, int]
    duplicates: int
    lost: int
    open_ends: int
    not_as_booked: int

    @property
    def holds(self) -> bool:
        """Say whether nothing was doubled or lost, and every end is known."""
        return not (self.duplicates or self.lost or self.open_ends or self.not_as_booked)


def judge(
    letters: Sequence[Letter], books: Sequence[Mapping[str, Any]], outbox: Counter[str]
) -> Verdict:
    """Return the figures.

    A letter with a key must be there exactly once, because its caller repeated the key until it was
    answered; one without, at most once, and once if its caller was told so. `not_as_booked` is the
    difference between the sends booked as accepted and the messages that are there.
    """
    wanted = Counter(each.words for each in letters)
    needed = Counter(each.words for each in letters if each.key is not None or each.is_acknowledged)
    ends = Counter(f"{each['state']}:{each['reason'] or ''}".rstrip(":") for each in books)
    accepted = sum(each["state"] == "accepted" for each in books)
    return Verdict(
        letters=len(letters),
        acknowledged=sum(each.is_acknowledged for each in letters),
        in_outbox=outbox.total(),
        ends=dict(sorted(ends.items())),
        duplicates=sum((outbox - wanted).values()),
        lost=sum((needed - outbox).values()),
        open_ends=sum(each["state"] in ("pending", "ambiguous") for each in books),
        not_as_booked=abs(accepted - outbox.total()),
    )


def show(title: str, verdict: Verdict) -> str:
    """Write the figures down."""
    ends = ", ".join(f"{name} {count}" for name, count in verdict.ends.items())
    return (
        f"{title}\n"
        f"  letters {verdict.letters}, acknowledged {verdict.acknowledged}, "
        f"in the outbox {verdict.in_outbox}\n"
        f"  ends: {ends}\n"
        f"  duplicates {verdict.duplicates}, lost {verdict.lost}, "
        f"ends still open {verdict.open_ends}, booked otherwise {verdict.not_as_booked}\n"
    )
