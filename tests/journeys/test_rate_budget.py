"""Four processes, one account, a real sandbox and a real Valkey: `./dev proof rate-budget`, small.

A second client beside us is in the proof only: what it uses of one class is charged to every class, so the
others are not used to 95 percent while it is there.
"""

from pathlib import Path

import pytest
from proofs.rate_budget import Plan, holds, measure
from tests.support.valkey import program_or_skip

pytestmark = pytest.mark.anyio


@pytest.mark.slow
@pytest.mark.timeout(400)
async def test_nothing_is_refused_all_is_used_and_nobody_urgent_is_passed_by(
    tmp_path: Path,
) -> None:
    program_or_skip()
    figures = await measure(Plan(60.0), tmp_path)
    assert holds(figures, 0.95), "\n".join(figures.lines())
