"""Which of the messages that a provider lists are ours: a multiset, each taken once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from waypost.engine.sending import ListedMessage, Message
from waypost.kernel.sends.facts import Facts, facts_of, read_facts


@dataclass(frozen=True, slots=True)
class Wanted:
    """A send whose end is unknown, or that has a message of its own: what it sent, and when."""

    send_id: str
    messages: tuple[Facts, ...]
    since: float
    until: float


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

    `known_ids` are messages of sends that have ended. `accepted` are sends with messages in the
    list whose ids nobody told us: these are taken away. `perhaps` are sends that may have some:
    what could be theirs is given to nobody. `slack` is in seconds.
    """
    free = [each for each in listed if each.id not in known_ids]
    for other in accepted:
        for facts in other.messages:
            _take(facts, other, free, slack)
    left = list(free)
    for other in perhaps:
        for facts in other.messages:
            _take(facts, other, free, slack)
    given: dict[str, str] = {}
    for is_exact in (True, False):
        for want in wanted:
            if want.send_id in given:
                continue
            taken = [_take(facts, want, free, slack, is_exact=is_exact) for facts in want.messages]
            first = next((each for each in taken if each is not None), None)
            if first is not None:
                given[want.send_id] = first
    left = [each for each in left if each.id not in given.values()]
    return {
        want.send_id: Found(given.get(want.send_id), _has_lookalike(want, left, slack))
        for want in wanted
    }


def _take(
    facts: Facts,
    want: Wanted,
    free: list[ListedMessage],
    slack: float,
    *,
    is_exact: bool = False,
) -> str | None:
    for place, each in enumerate(free):
        if _is_in_time(each, want, slack) and _is_it(facts, each.message, is_exact=is_exact):
            del free[place]
            return each.id
    return None


def _is_in_time(listed: ListedMessage, want: Wanted, slack: float) -> bool:
    return listed.at is None or want.since - slack <= listed.at <= want.until + slack


def _is_it(facts: Facts, message: Message, *, is_exact: bool) -> bool:
    """Compare what both sides say; a provider may list fewer recipients than were written to."""
    there = read_facts(facts_of(message))
    if not there.recipients or not there.recipients <= facts.recipients:
        return False
    if is_exact and there.recipients != facts.recipients:
        return False
    pairs = (
        (facts.sender, there.sender),
        (facts.subject, there.subject),
        (facts.template, there.template),
        (facts.text, there.text),
    )
    return all(ours is None or theirs is None or ours == theirs for ours, theirs in pairs)


def _has_lookalike(want: Wanted, free: Sequence[ListedMessage], slack: float) -> bool:
    """Say whether something is left that went to the same people then: no proof of absence."""
    for each in free:
        if not _is_in_time(each, want, slack):
            continue
        there = read_facts(facts_of(each.message)).recipients
        if there and any(there <= facts.recipients for facts in want.messages):
            return True
    return False
