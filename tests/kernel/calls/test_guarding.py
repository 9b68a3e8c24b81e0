"""Which calls are written down before they leave."""

import pytest
from tests.kernel.sends.conftest import LETTER
from tests.support.turned_clock import TurnedClock

from waypost.base.tasks import BackgroundTasks
from waypost.kernel.calls.guarding import is_guarded
from waypost.kernel.calls.record import Recorder
from waypost.kernel.calls.trace import CallTrace, Traces
from waypost.kernel.sends.guard import HeldKey
from waypost.kernel.sends.store import Claim, Key

KEY = HeldKey(Claim("c", Key("e", "a", "proxy", "k"), "d", 0.0, 1.0))


def trace_of(held: HeldKey | None) -> CallTrace:
    async def sink(_: object) -> None:
        return None

    traces = Traces(TurnedClock(), Recorder(sink, BackgroundTasks()))
    trace = traces.begin(
        request_id="r",
        environment_id="e",
        account_id="a",
        tenant_id=None,
        integration="acme",
        surface="proxy",
        http_method="POST",
    )
    trace.held = held
    return trace


@pytest.mark.parametrize(
    ("verb", "sends", "held", "guarded"),
    [
        ("POST", True, None, True),
        ("POST", True, KEY, True),
        ("GET", True, None, True),
        ("POST", False, None, False),
        ("POST", False, KEY, True),
        ("DELETE", False, KEY, True),
        ("GET", False, KEY, False),
        ("HEAD", False, KEY, False),
    ],
)
def test_sends_and_keyed_changes_are_guarded(
    verb: str, sends: bool, held: HeldKey | None, guarded: bool
) -> None:
    assert is_guarded(verb, LETTER if sends else None, trace_of(held)) is guarded
