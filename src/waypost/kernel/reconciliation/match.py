"""Which of the messages that a provider lists are ours: a multiset, each taken once."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from waypost.engine.sending import ListedMessage
from waypost.kernel.sends.facts import Facts, facts_of, read_facts


@dataclass(frozen=True, slots=True)
class Wanted:
    """A send whose end is unknown, or that has a message of its own: what it sent, and when.

    Its provider may take up what left us long after we stopped waiting: up to `latest`.
    """

    send_id: str
    messages: tuple[Facts, ...]
    since: float
    until: float
    latest: float


@dataclass(frozen=True, slots=True)
class Found:
    """What was found of a send: the id of its first message, or that something like it is there."""

    message_id: str | None = None
    has_lookalike: bool = False


def match(
    wanted: Sequence[Wanted],
    listed: Iterable[ListedMessage],
    *,
    known_ids: frozenset[str] = frozenset(),
    accepted: Sequence[Wanted] = (),
    perhaps: Sequence[Wanted] = (),
    slack: float,
) -> dict[str, Found]:
    """Give listed messages to sends, exact ones first, never one to two.

    Who can wait least is served first, with the earliest that fits: so nobody goes without whose
    message could have been another's.

    `known_ids` are messages of sends that have ended. `accepted` are sends with messages in the
    list whose ids nobody told us: these are taken away. `perhaps` are sends that may have some:
    what could be theirs is given to nobody. `slack` is in seconds.
    """
    free = _Free(each for each in listed if each.id not in known_ids)
    for other in _by_latest(accepted):
        for facts in other.messages:
            free.take(facts, other, slack)
    reserved: list[_There] = []
    for other in _by_latest(perhaps):
        for facts in other.messages:
            found = free.take(facts, other, slack)
            reserved += [] if found is None else [found]
    given: dict[str, str] = {}
    for is_exact in (True, False):
        for want in _by_latest(wanted):
            if want.send_id in given:
                continue
            taken = [free.take(facts, want, slack, is_exact=is_exact) for facts in want.messages]
            first = next((each for each in taken if each is not None), None)
            if first is not None:
                given[want.send_id] = first.id
    free.give_back(reserved)
    return {
        want.send_id: Found(given.get(want.send_id), free.has_like(want, slack)) for want in wanted
    }


def _by_latest(sends: Iterable[Wanted]) -> list[Wanted]:
    return sorted(sends, key=lambda each: each.latest)


@dataclass(frozen=True, slots=True)
class _There:
    """A listed message, its facts made comparable."""

    id: str
    facts: Facts
    at: float | None

    def is_in_time(self, want: Wanted, slack: float) -> bool:
        return self.at is None or want.since - slack <= self.at <= want.until + slack

    def is_late(self, want: Wanted, slack: float) -> bool:
        return self.at is not None and want.until + slack < self.at <= want.latest + slack

    def is_it(self, ours: Facts, *, is_exact: bool) -> bool:
        """Compare what both sides say; a provider may list fewer recipients than were written to."""
        theirs = self.facts
        if not theirs.recipients <= ours.recipients:
            return False
        if is_exact and theirs.recipients != ours.recipients:
            return False
        pairs = (
            (ours.sender, theirs.sender),
            (ours.subject, theirs.subject),
            (ours.template, theirs.template),
            (ours.text, theirs.text),
        )
        return all(mine is None or his is None or mine == his for mine, his in pairs)

    def is_surely(self, ours: Facts) -> bool:
        """Say whether also a word of it is the same, which recipients and time alone do not tell."""
        theirs = self.facts
        pairs = (
            (ours.subject, theirs.subject),
            (ours.template, theirs.template),
            (ours.text, theirs.text),
        )
        has_word = any(mine is not None and mine == his for mine, his in pairs)
        return has_word and self.is_it(ours, is_exact=True)


class _Free:
    """The listed messages that nobody has yet, by their recipients, the earliest first."""

    def __init__(self, listed: Iterable[ListedMessage]) -> None:
        self._by_recipient: dict[str, dict[str, _There]] = {}
        self.give_back(
            [_There(each.id, read_facts(facts_of(each.message)), each.at) for each in listed]
        )

    def give_back(self, messages: Iterable[_There]) -> None:
        for each in sorted(messages, key=_moment):
            for recipient in each.facts.recipients:
                self._by_recipient.setdefault(recipient, {})[each.id] = each

    def take(
        self, facts: Facts, want: Wanted, slack: float, *, is_exact: bool = False
    ) -> _There | None:
        for each in self._near(facts):
            is_found = (each.is_in_time(want, slack) and each.is_it(facts, is_exact=is_exact)) or (
                each.is_late(want, slack) and each.is_surely(facts)
            )
            if is_found:
                for recipient in each.facts.recipients:
                    del self._by_recipient[recipient][each.id]
                return each
        return None

    def has_like(self, want: Wanted, slack: float) -> bool:
        """Say whether something is left that went to the same people then: no proof of absence.

        Of what came later only that which could be it.
        """
        return any(
            (each.is_in_time(want, slack) and each.facts.recipients <= facts.recipients)
            or (each.is_late(want, slack) and each.is_it(facts, is_exact=False))
            for facts in want.messages
            for each in self._near(facts)
        )

    def _near(self, facts: Facts) -> Iterator[_There]:
        for recipient in sorted(facts.recipients):
            yield from list(self._by_recipient.get(recipient, {}).values())


def _moment(there: _There) -> float:
    return float("-inf") if there.at is None else there.at
