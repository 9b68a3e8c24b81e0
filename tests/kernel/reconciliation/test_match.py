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


def wanted(
    identifier: str, *messages: Message, since: float = AT, latest: float | None = None
) -> Wanted:
    facts: tuple[Facts, ...] = tuple(read_facts(facts_of(each)) for each in messages)
    return Wanted(identifier, facts, since, since, since if latest is None else latest)


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


def test_what_was_taken_up_late_is_found_by_its_words() -> None:
    send = wanted("s1", ONE, latest=AT + 900)
    assert ids([send], [listed("m1", ONE, AT + 990)]) == {"s1": "m1"}
    assert ids([send], [listed("m1", ONE, AT + 991)]) == {"s1": None}
    both = message("b@x.test", "c@x.test")
    found = match([wanted("s1", both, latest=AT + 900)], [listed("m1", ONE, AT + 500)], slack=90)[
        "s1"
    ]
    assert (found.message_id, found.has_lookalike) == (None, True), "one may be suppressed"
    unsaid = wanted("s1", message("b@x.test", subject=None), latest=AT + 900)
    found = match([unsaid], [listed("m1", ONE, AT + 500)], slack=90)["s1"]
    assert (found.message_id, found.has_lookalike) == (None, True), "people write to one often"
    other = message("b@x.test", subject="o" * 64)
    found = match([send], [listed("m1", other, AT + 500)], slack=90)["s1"]
    assert (found.message_id, found.has_lookalike) == (None, False), "those are other words"


def test_whoever_can_wait_leaves_the_early_ones_to_others() -> None:
    first = wanted("s1", ONE, since=AT, latest=AT + 900)
    then = wanted("s2", ONE, since=AT + 300, latest=AT + 1200)
    there = [listed("m2", ONE, AT + 700), listed("m1", ONE, AT + 100)]
    for sends in ([first, then], [then, first]):
        assert ids(sends, there) == {"s1": "m1", "s2": "m2"}


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


_LATE = st.lists(st.tuples(st.floats(0, 2000), st.floats(0, 900)), max_size=8)


@given(_LATE, st.randoms(use_true_random=False))
def test_whatever_was_taken_up_in_its_time_is_found(
    times: list[tuple[float, float]], order: object
) -> None:
    rows = [listed(f"m{place}", ONE, at + late) for place, (at, late) in enumerate(times)]
    order.shuffle(rows)  # type: ignore[attr-defined]
    sends = [
        wanted(f"s{place}", ONE, since=at, latest=at + 900) for place, (at, _) in enumerate(times)
    ]
    order.shuffle(sends)  # type: ignore[attr-defined]
    assert None not in ids(sends, rows).values()


@given(st.lists(_LETTERS, max_size=8), st.randoms(use_true_random=False))
def test_everything_that_is_there_is_found(sent: list[Message], order: object) -> None:
    rows = [listed(f"m{place}", each) for place, each in enumerate(sent)]
    order.shuffle(rows)  # type: ignore[attr-defined]
    found = ids([wanted(f"s{place}", each) for place, each in enumerate(sent)], rows)
    assert None not in found.values()
