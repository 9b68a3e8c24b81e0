"""`./dev proof sends` on a sample: real kills, forks, lost answers; and that it would notice."""

from argparse import Namespace
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from proofs.sends.faults import FAULTS, run_faults
from proofs.sends.forks import run_forks
from proofs.sends.kills import LOOKING_POINTS, SENDING_POINTS, Trial, run_kills, trials
from proofs.sends.letter import KINDS, SURFACES, Letter
from proofs.sends.plan import Record, Result, plan
from proofs.sends.run import UNFINISHED, main, report
from proofs.sends.serving import let_go
from proofs.sends.verdict import WRONG, Verdict, judge, total
from tests.support.sandbox import Sandbox

from waypost.kernel.sends.crash_points import CRASH_POINTS

SEED = 20261122


@pytest.fixture(scope="module", autouse=True)
def nothing_is_left_running() -> Iterator[None]:
    yield
    let_go()


def letters(*told: int, key: str | None = "k") -> list[Letter]:
    return [Letter("Words", "email", "proxy", key, list(told))]


def booked(*states: str, ids: str = "ab") -> list[dict[str, str | None]]:
    """Return sends, the accepted ones with an id each."""
    free = iter(ids)
    return [
        {
            "state": state,
            "reason": None,
            "resource": "email",
            "message_id": next(free) if state == "accepted" else None,
        }
        for state in states
    ]


@pytest.mark.parametrize(
    ("wanted", "books", "there", "wrong"),
    [
        (letters(202), booked("accepted"), 1, None),
        (letters(409, 502, 200), booked("rejected", "accepted"), 1, None),
        (letters(202, key=None), booked("accepted"), 1, None),
        (letters(key=None), booked("rejected"), 0, None),
        (letters(key=None), booked("accepted"), 1, None),
        (letters(202), booked("accepted", "accepted"), 2, "duplicates"),
        (letters(key=None), booked("accepted", "accepted"), 2, "duplicates"),
        (letters(202), booked("rejected"), 0, "lost"),
        (letters(202, key=None), booked("rejected"), 0, "lost"),
        (letters(429, 422), booked("rejected"), 0, "unanswered"),
        (letters(), booked("accepted"), 1, "unanswered"),
        (letters(202), booked("ambiguous", "accepted"), 1, "open_ends"),
        (letters(202), booked("pending", "accepted"), 1, "open_ends"),
        (letters(key=None), booked("accepted"), 0, "not_as_booked"),
        (letters(key=None), booked("rejected"), 1, "not_as_booked"),
        (letters(202), booked("accepted", ids="x"), 1, "not_as_booked"),
        (letters(202) * 2, booked("accepted", "accepted", ids="aa"), 2, "not_as_booked"),
    ],
)
def test_the_verdict_notices(
    wanted: list[Letter], books: list[dict[str, str | None]], there: int, wrong: str | None
) -> None:
    verdict = judge(wanted, books, Counter({"Words": there}), frozenset("ab"[:there]))
    assert verdict.holds is (wrong is None)
    assert {name for name in WRONG if getattr(verdict, name)} >= ({wrong} if wrong else set())


def test_every_point_is_tried_on_every_surface_with_every_kind() -> None:
    chosen = trials(3, SEED)
    assert len(chosen) == 3 * (7 * 2 + 3) * len(SURFACES) * len(KINDS) == 612
    wanted = {
        Trial(point, surface, kind, has_key)
        for point in CRASH_POINTS
        for surface in SURFACES
        for kind in KINDS
        for has_key in (True, False)
    }
    assert set(chosen) == wanted
    assert len(SENDING_POINTS) + len(LOOKING_POINTS) == len(CRASH_POINTS) == 10


GIVEN = Namespace(parts=[], rounds=3, forks=10_000, seed=SEED)


def verdict(**figures: int) -> Verdict:
    none = dict.fromkeys(("letters", "acknowledged", "in_outbox", *WRONG), 0)
    return Verdict(**{**none, **figures}, ends={"accepted": 1})


def test_the_whole_is_planned_in_units() -> None:
    units = plan(GIVEN)
    assert len({each.name for each in units}) == len(units)
    assert sum(each.forks for each in units) == 10_000
    assert sum(len(each.trials) for each in units) == 612
    assert [each.faults for each in units if each.part == "faults"] == [(name,) for name in FAULTS]


def test_a_record_is_gone_on_with(tmp_path: Path) -> None:
    path = tmp_path / "record.jsonl"
    killed = Counter({("before_dial", "proxy"): 2})
    result = Result("kills 0", "kills", 1.5, verdict(letters=3), killed=killed, survived=1)
    Record(path, GIVEN).add(result)
    assert Record(path, GIVEN).results == {"kills 0": result}
    assert Record(path, Namespace(**{**vars(GIVEN), "seed": 1})).results == {}


@pytest.mark.parametrize(
    ("change", "holds"),
    [
        ({}, True),
        ({"verdict": None}, False),
        ({"verdict": verdict(lost=1)}, False),
        ({"missed": Counter({("before_dial", "proxy"): 1})}, False),
        ({"trouble": "It hung."}, False),
    ],
)
def test_a_result_holds_when_nothing_is_wrong(change: dict[str, object], holds: bool) -> None:
    result = Result("kills 0", "kills", 1.0, verdict())
    for name, value in change.items():
        setattr(result, name, value)
    assert result.holds is holds
    assert ("FAILS" in report([result])) is not holds


def test_figures_add_up() -> None:
    both = total([verdict(letters=2, lost=1), verdict(letters=3)])
    assert (both.letters, both.lost, both.ends) == (5, 1, {"accepted": 2})


@pytest.mark.timeout(240)
def test_real_kills_double_and_lose_nothing(tmp_path: Path, sandbox: Sandbox) -> None:
    """Every point ends a server once; surfaces and kinds take turns."""
    chosen = [
        Trial(point, SURFACES[number % 4], KINDS[number % 3], has_key=number % 4 != 3)
        for number, point in enumerate(CRASH_POINTS)
    ]
    tally = run_kills(tmp_path, sandbox, chosen, afresh=True)
    assert not tally.missed
    assert {point for point, _ in tally.killed} == set(CRASH_POINTS)
    assert tally.verdict is not None
    assert tally.verdict.holds, tally.verdict


@pytest.mark.timeout(240)
def test_killed_forks_double_and_lose_nothing(tmp_path: Path, sandbox: Sandbox) -> None:
    tally = run_forks(tmp_path, sandbox, 60, SEED)
    assert tally.killed.total() >= 60
    points = {point for point, _ in tally.killed}
    assert points >= set(SENDING_POINTS)
    assert points & set(LOOKING_POINTS)
    assert tally.verdict is not None
    assert tally.verdict.holds, tally.verdict


@pytest.mark.timeout(240)
def test_lost_and_late_answers_double_and_lose_nothing(tmp_path: Path, sandbox: Sandbox) -> None:
    verdict = run_faults(tmp_path, sandbox, surfaces=("passthrough",), kinds=("email",))
    assert verdict.letters == 2 * len(FAULTS)
    assert verdict.holds, verdict


@pytest.mark.timeout(240)
def test_a_run_that_was_cut_short_is_gone_on_with(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["forks", "--forks", "1", "--lanes", "1", f"--record={tmp_path / 'record'}"]
    assert main([*command, "--minutes", "0"]) == UNFINISHED
    assert main(command) == 0
    assert "[########################]" in capsys.readouterr().out
    assert main(command) == 0
    assert "units are in" not in capsys.readouterr().out
