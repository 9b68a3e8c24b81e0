"""How a send ended: nothing is called an end that is not certain."""

import pytest

from waypost.base.errors import (
    AddressUnusable,
    ProviderGarbled,
    ProviderTimedOut,
    ProviderUnreachable,
)
from waypost.engine.manifest.sending import Sending
from waypost.engine.manifest.strict import checked_json
from waypost.kernel.sends.outcome import Outcome, message_id, outcome_of_answer, outcome_of_failure

MAIL = checked_json(
    Sending,
    '{"id_header": "x-message-id", "id_path": "data.id", "suppressed": "body.nobody = true"}',
)


@pytest.mark.parametrize(
    ("status", "state", "reason", "is_free"),
    [
        (200, "accepted", None, False),
        (202, "accepted", None, False),
        (204, "accepted", None, False),
        (302, "rejected", None, False),
        (400, "rejected", None, False),
        (401, "rejected", "refused", True),
        (403, "rejected", None, False),
        (408, "ambiguous", "server_error", False),
        (421, "rejected", "refused", True),
        (422, "rejected", None, False),
        (429, "rejected", "refused", True),
        (500, "ambiguous", "server_error", False),
        (502, "ambiguous", "server_error", False),
        (503, "ambiguous", "server_error", False),
    ],
)
def test_the_status_says_how_it_ended(
    status: int, state: str, reason: str | None, is_free: bool
) -> None:
    outcome = outcome_of_answer(MAIL, status, ())
    assert (outcome.state, outcome.reason, outcome.status) == (state, reason, status)
    assert outcome.had_no_effect is is_free


@pytest.mark.parametrize(
    ("error", "state", "reason"),
    [
        (ProviderUnreachable(details={"sent": False}), "rejected", "not_sent"),
        (ProviderUnreachable(), "ambiguous", "no_answer"),
        (ProviderTimedOut(deadline="connect", seconds=1), "rejected", "not_sent"),
        (ProviderTimedOut(deadline="first_byte", seconds=1), "ambiguous", "no_answer"),
        (ProviderTimedOut(deadline="total", seconds=1), "ambiguous", "no_answer"),
        (ProviderGarbled(), "ambiguous", "no_answer"),
        (KeyboardInterrupt(), "ambiguous", "cut_off"),
        (AddressUnusable(details={"sent": False}), "rejected", "not_sent"),
    ],
)
def test_only_what_never_left_is_certain(error: BaseException, state: str, reason: str) -> None:
    outcome = outcome_of_failure(error)
    assert (outcome.state, outcome.reason) == (state, reason)
    assert outcome.had_no_effect is (state == "rejected")


def test_an_answer_can_say_that_nobody_gets_it() -> None:
    assert outcome_of_answer(MAIL, 202, (), {"nobody": True}).state == "suppressed"
    assert outcome_of_answer(MAIL, 202, (), {"nobody": False}).state == "accepted"
    assert outcome_of_answer(MAIL, 202, (), "text").state == "accepted"
    assert outcome_of_answer(None, 202, (), {"nobody": True}).state == "accepted"


@pytest.mark.parametrize(
    ("headers", "body", "found"),
    [
        ((("x-message-id", "m1"),), {"data": {"id": "m2"}}, "m1"),
        ((), {"data": {"id": "m2"}}, "m2"),
        ((), {"data": {"id": 7}}, "7"),
        ((), {"data": {"id": {"a": 1}}}, None),
        ((), None, None),
    ],
)
def test_the_message_has_the_providers_id(
    headers: tuple[tuple[str, str], ...], body: object, found: str | None
) -> None:
    assert message_id(MAIL, headers, body) == found
    assert Outcome("accepted", message_id=found).message_id == found
