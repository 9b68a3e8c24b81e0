"""A budget kept here."""

from tests.support.turned_clock import TurnedClock

from waypost.engine.limits import Need, Report, Taken, prepare
from waypost.engine.manifest.limits import Allowance, RateLimit
from waypost.kernel.calls.ledger import OwnLedger

RULE = prepare(RateLimit(classes={"general": Allowance(limit=8)}))


def test_an_exchange_replies_before_it_returns_and_remembers() -> None:
    ledger = OwnLedger(RULE, TurnedClock())
    replies: list[Taken] = []
    ledger.exchange(Report("general", need=Need((5, 0, 0, 0))), replies.append)
    ledger.exchange(Report("general", need=Need((5, 0, 0, 0))), replies.append)
    assert [reply.given[0] for reply in replies] == [5, 3]
    assert ledger.state is replies[1].state
    assert ledger.is_here


def test_a_share_gives_only_its_part() -> None:
    replies: list[Taken] = []
    ledger = OwnLedger(RULE, TurnedClock(), share=0.25)
    ledger.exchange(Report("general", need=Need((5, 0, 0, 0))), replies.append)
    assert replies[0].given[0] == 2
