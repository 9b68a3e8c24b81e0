"""The oracle: the same random traffic by both ways of speaking HTTP is the same on both wires.

In full: `./dev proof http-differential`.
"""

from pathlib import Path

import pytest
from tests.support.http_differential import Tally, both_sides, run_cases
from tests.support.http_traffic import OBLIGATIONS, Maker
from tests.support.raw_provider import Exchange

SEED = 20261122
CASES = len(OBLIGATIONS) + 60


@pytest.mark.slow
def test_both_ways_put_the_same_bytes_on_both_wires(tmp_path: Path) -> None:
    tally = Tally()
    with both_sides(tmp_path) as sides:
        run_cases(sides, SEED, CASES, tally)
    assert not tally.differences, "\n".join(tally.differences)
    assert not tally.missed, f"these obligations were not reached: {sorted(tally.missed)}"
    assert tally.straight > CASES / 5, "the straight way was hardly taken"


def test_a_seed_makes_the_same_traffic_again() -> None:
    first, again = (Maker("account", "token") for _ in range(2))
    for number in range(50):
        assert first.case(SEED, number).raw == again.case(SEED, number).raw
    assert first.case(SEED, 1).raw != first.case(SEED + 1, 1).raw


@pytest.mark.parametrize("wanted", sorted(OBLIGATIONS))
def test_an_obligation_that_is_wanted_is_reached(wanted: str) -> None:
    assert wanted in Maker("account", "token").case(SEED, 7, wanted).tags


def test_the_comparison_notices_what_it_is_for(tmp_path: Path) -> None:
    tally = Tally()
    with both_sides(tmp_path) as (fast, plain):
        answer = plain.serve

        def forge(exchange: Exchange) -> None:
            exchange.head = exchange.head.replace(b"/v1/", b"/v2/")
            answer(exchange)

        plain.here.provider.behave(forge)
        run_cases((fast, plain), SEED, 3, tally)
    assert len(tally.differences) == 3
