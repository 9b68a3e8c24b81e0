"""Every kind has its work, and a run is taken up again only where it would move on by itself."""

from tests.support.syncs import Syncs

from waypost.features.syncs.kinds import FIRE, FORGET, MOVING, STEP, WATCH
from waypost.features.syncs.runs.store import ACTIVE


def test_every_kind_has_its_work(bare: Syncs) -> None:
    ours = {kind for kind in bare.handlers if kind.startswith("syncs.")}
    assert ours == {STEP, WATCH, FIRE, FORGET}


def test_what_has_ended_or_waits_for_another_is_left_alone() -> None:
    assert set(MOVING) == set(ACTIVE) - {"created"}
