"""The room's parts work on one ledger."""

import pytest
from tests.kernel.sends.conftest import Desk

pytestmark = pytest.mark.anyio


async def test_the_parts_share_one_ledger(desk: Desk) -> None:
    assert desk.sends.outbox._ledger is desk.sends.ledger
    assert desk.sends.repeats._ledger is desk.sends.ledger
