"""Four processes, one account, a real sandbox and a real Valkey: `./dev proof rate-budget`, small."""

from pathlib import Path

import pytest
from proofs.rate_budget import Plan, holds, measure
from tests.support.valkey import program_or_skip

pytestmark = pytest.mark.anyio


@pytest.mark.slow
@pytest.mark.timeout(400)
@pytest.mark.parametrize(
    ("plan", "least"),
    [
        (Plan(60.0), 0.95),
        # In half a window there is little time to learn what the other does.
        (Plan(30.0, beside=40.0), 0.85),
    ],
    ids=["alone", "beside another client"],
)
async def test_nothing_is_refused_all_is_used_and_nobody_urgent_is_passed_by(
    plan: Plan, least: float, tmp_path: Path
) -> None:
    program_or_skip()
    figures = await measure(plan, tmp_path)
    assert holds(figures, least), "\n".join(figures.lines())
