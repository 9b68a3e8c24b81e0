"""`./dev proof sends` on a sample: real kills, forks, lost answers; and that it would notice."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from proofs.sends.forks import run_forks
from proofs.sends.kills import SENDING_POINTS, Trial, run_faults, run_kills, trials
from proofs.sends.serving import let_go
from proofs.sends.verdict import judge
from proofs.sends.world import KINDS, SURFACES, Letter
from tests.support.sandbox import Sandbox

SEED = 20261122


@pytest.fixture(scope="module", autouse=True)
def nothing_is_left_running() -> Iterator[None]:
    yield
    let_go()


def letters(*told: int, key: str | None = "k") -> list[Letter]:
    return [Letter("Words", "email", "proxy", key, list(told))]


def booked(*states: str) -> list[dict[str, str | None]]:
    return [{"state": state, "reason": None} for state in states]


@pytest.mark.parametrize(
    ("wanted", "books", "there", "wrong"),
    [
        (letters(202), booked("accepted"), 1, None),
        (letters(202, key=None), booked("accepted"), 1, None),
        (letters(key=None), booked("rejected"), 0, None),
        (letters(key=None), booked("accepted"), 1, None),
        (letters(202), booked("accepted", "accepted"), 2, "duplicates"),
        (letters(key=None), booked("accepted", "accepted"), 2, "duplicates"),
        (letters(), booked("rejected"), 0, "lost"),
        (letters(202, key=None), booked("rejected"), 0, "lost"),
        (letters(202), booked("ambiguous", "accepted"), 1, "open_ends"),
        (letters(202), booked("pending", "accepted"), 1, "open_ends"),
        (letters(key=None), booked("accepted"), 0, "not_as_booked"),
        (letters(key=None), booked("rejected"), 1, "not_as_booked"),
    ],
)
def test_the_verdict_notices(
    wanted: list[Letter], books: list[dict[str, str | None]], there: int, wrong: str | None
) -> None:
    verdict = judge(wanted, books, Counter({"Words": there}))
    assert verdict.holds is (wrong is None)
    found = {
        name
        for name in ("duplicates", "lost", "open_ends", "not_as_booked")
        if getattr(verdict, name)
    }
    assert found == ({wrong} if wrong else set())


def test_every_point_is_tried_on_every_surface_with_every_kind() -> None:
    chosen = trials(4, SEED)
    assert len(chosen) == 4 * len(SENDING_POINTS) * len(SURFACES) * len(KINDS) * 2 >= 500
    assert set(chosen) == {
        Trial(point, surface, kind, has_key)
        for point in SENDING_POINTS
        for surface in SURFACES
        for kind in KINDS
        for has_key in (True, False)
    }


@pytest.mark.timeout(240)
def test_real_kills_double_and_lose_nothing(tmp_path: Path, sandbox: Sandbox) -> None:
    chosen = trials(1, SEED)[:2]
    tally = run_kills(tmp_path, sandbox, chosen, looking_every=2)
    assert not tally.missed
    assert tally.killed.total() == len(chosen) + 1
    assert tally.verdict is not None
    assert tally.verdict.holds, tally.verdict


@pytest.mark.timeout(240)
def test_killed_forks_double_and_lose_nothing(tmp_path: Path, sandbox: Sandbox) -> None:
    tally = run_forks(tmp_path, sandbox, 40, SEED)
    assert sum(tally.killed_at.values()) >= 20
    assert tally.verdict is not None
    assert tally.verdict.holds, tally.verdict


@pytest.mark.timeout(240)
def test_lost_and_late_answers_double_and_lose_nothing(tmp_path: Path, sandbox: Sandbox) -> None:
    verdict = run_faults(tmp_path, sandbox, surfaces=("passthrough",), kinds=("email",))
    assert verdict.letters == 12
    assert verdict.holds, verdict
