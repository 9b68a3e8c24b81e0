"""The work of the room is named."""

from tests.support.syncs import Syncs

from waypost.features.syncs.kinds import FIRE, STEP, WATCH


def test_the_kinds_of_work(bare: Syncs) -> None:
    assert {STEP, WATCH, FIRE} <= set(bare.handlers)
    assert bare.handlers[STEP].lane == "syncs"
    assert bare.handlers[WATCH].every == 60.0
