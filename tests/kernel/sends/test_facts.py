"""Facts come back as they were kept."""

from waypost.engine.sending import Message
from waypost.kernel.sends.facts import facts_field, facts_of, read_facts, short_digest


def test_facts_come_back_as_they_were_kept() -> None:
    message = Message("a@x.test", ("b@x.test",), "f" * 64, "t1", None)
    facts = read_facts(facts_of(message))
    assert facts.sender == "a@x.test"
    assert facts.recipients == {short_digest("b@x.test")}
    assert (facts.subject, facts.template, facts.text) == ("f" * 32, "t1", None)
    assert facts.can_be_recognised


def test_what_leaves_later_or_says_nothing_cannot_be_missed() -> None:
    later = read_facts(facts_of(Message("a@x.test", ("b@x.test",), is_for_later=True)))
    assert not later.can_be_recognised
    assert not read_facts(facts_of(Message())).can_be_recognised


def test_a_send_has_a_place_of_its_own() -> None:
    assert facts_field("a") != facts_field("b")
