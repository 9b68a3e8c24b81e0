"""A turn at an account's list, and something to put on it."""

from tests.kernel.suppressions.conftest import Desk

from waypost.kernel.suppressions.model import Target
from waypost.kernel.suppressions.pushes.directory import Pass, Pushes
from waypost.kernel.suppressions.rules import target_scopes

TENANT = "tenant-1"


def pushes_of(desk: Desk) -> Pushes:
    return Pushes(desk.world.database, clock=desk.world.clock)


async def begun(desk: Desk) -> tuple[Pass, Target]:
    turn = await pushes_of(desk).begin(desk.shop, desk.account)
    assert isinstance(turn, Pass)
    target = Target(desk.account, "blocklist", "", "", target_scopes(desk.account, ""))
    return turn, target


async def hold(desk: Desk, address: str = "nia@y.test") -> str:
    [entry] = await desk.add(desk.fact(address, origin="here", source="api", reason="manual"))
    return entry.id
