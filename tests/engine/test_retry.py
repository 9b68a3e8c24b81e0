import pytest
from hypothesis import given
from hypothesis import strategies as st

from waypost.engine.retry import (
    Answered,
    NotAnswered,
    Retry,
    RetryQuestion,
    Stop,
    decide,
    is_final,
    retry_after_seconds,
)

NEVER_SENT = NotAnswered(sent=False)
DROPPED = NotAnswered(sent=True)
NOW = 1_790_000_000.0


def ask(verb, outcome, **changes):
    given_values = {"attempts": 1, "remaining": 60.0, "jitter": 0.5} | changes
    return decide(RetryQuestion(verb=verb, outcome=outcome, **given_values))


@pytest.mark.parametrize("verb", ["GET", "HEAD", "PUT", "DELETE", "POST", "PATCH"])
@pytest.mark.parametrize("outcome", [Answered(429), Answered(421), NEVER_SENT])
def test_what_certainly_had_no_effect_is_repeated_for_every_verb(verb, outcome):
    assert isinstance(ask(verb, outcome), Retry)
    assert isinstance(ask(verb, outcome, sends=True), Retry)


@pytest.mark.parametrize("outcome", [Answered(s) for s in (408, 425, 502, 503, 504)] + [DROPPED])
@pytest.mark.parametrize(
    ("verb", "repeats"),
    [
        ("GET", True),
        ("HEAD", True),
        ("PUT", True),
        ("DELETE", True),
        ("POST", False),
        ("PATCH", False),
    ],
)
def test_what_may_have_been_accepted_is_repeated_only_for_idempotent_verbs(verb, outcome, repeats):
    assert ask(verb, outcome) == (Retry(0.375) if repeats else Stop("unsafe"))


@pytest.mark.parametrize("outcome", [Answered(503), Answered(502), DROPPED])
@pytest.mark.parametrize("declared", [True, None])
@pytest.mark.parametrize("verb", ["GET", "POST", "PUT"])
def test_a_method_that_sends_a_message_is_never_repeated_by_guess(outcome, declared, verb):
    assert ask(verb, outcome, sends=True, idempotent=declared) == Stop("unsafe")


def test_the_manifest_overrides_the_verb_both_ways():
    assert isinstance(ask("POST", Answered(503), idempotent=True), Retry)
    assert ask("GET", Answered(503), idempotent=False) == Stop("unsafe")


@pytest.mark.parametrize("status", [200, 202, 204, 301, 400, 401, 403, 404, 409, 422, 500, 501])
@pytest.mark.parametrize("verb", ["GET", "POST"])
def test_final_answers_are_final(verb, status):
    assert ask(verb, Answered(status)) == Stop("final")


def test_a_provider_may_name_further_statuses_that_refuse():
    refusing = frozenset({429, 421, 420})
    assert isinstance(ask("POST", Answered(420), refused_statuses=refusing), Retry)
    assert ask("POST", Answered(420)) == Stop("final")


@pytest.mark.parametrize(("attempts", "repeats"), [(1, True), (2, True), (3, False), (4, False)])
def test_attempts_are_bounded(attempts, repeats):
    decision = ask("GET", Answered(429), attempts=attempts)
    assert isinstance(decision, Retry) is repeats
    assert repeats or decision == Stop("attempts")


def test_retry_after_is_honoured_and_only_ever_lengthened():
    assert ask("GET", Answered(429, retry_after=7.0), jitter=0.0) == Retry(7.0)
    assert ask("GET", Answered(429, retry_after=7.0), jitter=0.5) == Retry(7.25)
    assert ask("GET", Answered(429, retry_after=0.0), jitter=0.0) == Retry(0.0)


def test_backoff_doubles_and_is_capped():
    waits = [
        ask("GET", Answered(503), attempts=n, max_attempts=99, jitter=0.999999).after
        for n in range(1, 9)
    ]
    assert waits == sorted(waits)
    assert waits[0] == pytest.approx(0.5, abs=0.001)
    assert waits[1] == pytest.approx(1.0, abs=0.001)
    assert waits[-1] == pytest.approx(10.0, abs=0.001)


def test_never_past_the_deadline():
    assert ask("GET", Answered(429, retry_after=30.0), remaining=30.0) == Stop("deadline")
    assert ask("GET", NEVER_SENT, remaining=0.1) == Stop("deadline")
    assert ask("GET", NEVER_SENT, remaining=-5.0) == Stop("deadline")


QUESTIONS = st.builds(
    RetryQuestion,
    verb=st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"]),
    outcome=st.one_of(
        st.builds(Answered, st.integers(100, 599), st.none() | st.floats(0, 1e6, allow_nan=False)),
        st.builds(NotAnswered, st.booleans()),
    ),
    attempts=st.integers(1, 2000),
    remaining=st.floats(-10, 1e6, allow_nan=False),
    jitter=st.floats(0, 0.999),
    sends=st.booleans(),
    idempotent=st.none() | st.booleans(),
)


@given(QUESTIONS)
def test_laws(question):
    decision, outcome = decide(question), question.outcome
    if isinstance(decision, Stop):
        return
    assert 0 <= decision.after < question.remaining
    assert question.attempts < question.max_attempts
    asked = outcome.retry_after if isinstance(outcome, Answered) else None
    assert asked is None or decision.after >= asked
    refused = isinstance(outcome, Answered) and outcome.status in (421, 429)
    if not refused and outcome != NEVER_SENT:
        assert not question.sends
        assert question.idempotent is not False
        assert question.idempotent or question.verb not in ("POST", "PATCH")


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("²", None),
        ("120", 120.0),
        (" 3 ", 3.0),
        ("1.5", 1.5),
        ("0", 0.0),
        ("Mon, 21 Sep 2026 14:13:50 GMT", 30.0),
        ("Monday, 21-Sep-26 14:13:50 GMT", 30.0),
        ("Mon Sep 21 14:13:50 2026", 30.0),
        ("Mon, 21 Sep 2026 14:13:00 GMT", 0.0),
        ("Mon, 99 Foo 2026 14:13:00 GMT", None),
    ],
)
def test_retry_after_in_both_forms(value, seconds):
    assert retry_after_seconds(value, NOW) == seconds


@given(st.text())
def test_retry_after_never_fails(text):
    assert retry_after_seconds(text, NOW) is None or retry_after_seconds(text, NOW) >= 0


@given(
    status=st.integers(200, 599),
    refused=st.frozensets(st.integers(200, 499)),
    verb=st.sampled_from(["GET", "POST"]),
    sends=st.booleans(),
)
def test_what_is_final_is_so_whatever_else_is_true(status, refused, verb, sends):
    decided = ask(verb, Answered(status), sends=sends, refused_statuses=refused)
    assert (decided == Stop("final")) is is_final(status, refused)
