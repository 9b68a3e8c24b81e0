"""Listed messages are given to sends as a multiset: each once, exact ones first."""

from hypothesis import given
from hypothesis import strategies as st

from waypost.engine.sending import ListedMessage, Message
from waypost.kernel.reconciliation.match import Wanted, match
from waypost.kernel.sends.facts import Facts, facts_of, read_facts

AT = 1000.0


def message(*to: str, subject: str | None = "s" * 64, sender: str | None = "a@x.test") -> Message:
    return Message(sender, tuple(sorted(to)), subject)


def listed(identifier: str, what: Message, at: float | None = AT) -> ListedMessage:
    return ListedMessage(identifier, what, at)


def wanted(identifier: str, *messages: Message, since: float = AT) -> Wanted:
    facts: tuple[Facts, ...] = tuple(read_facts(facts_of(each)) for each in messages)
    return Wanted(identifier, facts, since, since)


def ids(sends: list[Wanted], there: list[ListedMessage], **more: object) -> dict[str, str | None]:
    found = match(sends, there, slack=90, **more)  # type: ignore[arg-type]
    return {name: each.message_id for name, each in found.items()}


ONE = message("b@x.test")


def test_each_message_is_given_once() -> None:
    sends = [wanted("s1", ONE), wanted("s2", ONE), wanted("s3", ONE)]
    assert ids(sends, [listed("m1", ONE), listed("m2", ONE)]) == {
        "s1": "m1",
        "s2": "m2",
        "s3": None,
    }


def test_what_has_an_owner_is_given_to_nobody() -> None:
    there = [listed("m1", ONE), listed("m2", ONE)]
    assert ids([wanted("s1", ONE)], there, known_ids=frozenset({"m1"})) == {"s1": "m2"}
    assert ids([wanted("s1", ONE)], there, accepted=[wanted("s0", ONE)]) == {"s1": "m2"}
    both = [wanted("s0", ONE, ONE)]
    assert ids([wanted("s1", ONE)], there, accepted=both) == {"s1": None}


def test_what_may_have_an_owner_is_given_to_nobody_yet() -> None:
    found = match([wanted("s1", ONE)], [listed("m1", ONE)], perhaps=[wanted("s0", ONE)], slack=90)
    assert found["s1"].message_id is None
    assert found["s1"].has_lookalike, "and its absence is not said"


def test_an_exact_list_of_recipients_comes_first() -> None:
    both = message("b@x.test", "c@x.test")
    sends = [wanted("s1", both), wanted("s2", ONE)]
    assert ids(sends, [listed("m1", ONE), listed("m2", both)]) == {"s1": "m2", "s2": "m1"}
    assert ids([wanted("s1", both)], [listed("m1", ONE)]) == {"s1": "m1"}, "one was suppressed"
    assert ids([wanted("s2", ONE)], [listed("m2", both)]) == {"s2": None}


def test_time_sender_and_subject_tell_them_apart() -> None:
    late, other = message("b@x.test", subject="o" * 64), message("b@x.test", sender="z@x.test")
    assert ids([wanted("s1", ONE)], [listed("m1", ONE, AT + 91)]) == {"s1": None}
    assert ids([wanted("s1", ONE)], [listed("m1", ONE, AT - 90)]) == {"s1": "m1"}
    assert ids([wanted("s1", ONE)], [listed("m1", ONE, None)]) == {"s1": "m1"}
    assert ids([wanted("s1", ONE)], [listed("m1", late), listed("m2", other)]) == {"s1": None}
    unsaid = message("b@x.test", subject=None)
    assert ids([wanted("s1", unsaid)], [listed("m1", late)]) == {"s1": "m1"}


def test_something_like_it_is_told() -> None:
    late = message("b@x.test", subject="o" * 64)
    assert match([wanted("s1", ONE)], [listed("m1", late)], slack=90)["s1"].has_lookalike
    far = [listed("m1", late, AT + 1000)]
    assert not match([wanted("s1", ONE)], far, slack=90)["s1"].has_lookalike
    stranger = [listed("m1", message("q@x.test"))]
    assert not match([wanted("s1", ONE)], stranger, slack=90)["s1"].has_lookalike


def test_what_names_nobody_is_never_found() -> None:
    assert ids([wanted("s1", message())], [listed("m1", message())]) == {"s1": None}
    assert ids([wanted("s1")], [listed("m1", ONE)]) == {"s1": None}


_PEOPLE = st.lists(st.sampled_from("abc"), min_size=1, max_size=3, unique=True)
_LETTERS = st.builds(
    lambda to, subject: message(*to, subject=subject * 64), _PEOPLE, st.sampled_from("st")
)


@given(st.lists(_LETTERS, max_size=8), st.lists(_LETTERS, max_size=8), st.integers(0, 8))
def test_no_message_is_ever_given_twice(
    sent: list[Message], there: list[Message], known: int
) -> None:
    rows = [listed(f"m{place}", each) for place, each in enumerate(there)]
    known_ids = frozenset(each.id for each in rows[:known])
    sends = [wanted(f"s{place}", each) for place, each in enumerate(sent)]
    found = [each for each in ids(sends, rows, known_ids=known_ids).values() if each]
    assert len(found) == len(set(found))
    assert not set(found) & known_ids


@given(st.lists(_LETTERS, max_size=8), st.randoms(use_true_random=False))
def test_everything_that_is_there_is_found(sent: list[Message], order: object) -> None:
    rows = [listed(f"m{place}", each) for place, each in enumerate(sent)]
    order.shuffle(rows)  # type: ignore[attr-defined]
    found = ids([wanted(f"s{place}", each) for place, each in enumerate(sent)], rows)
    assert None not in found.values()
