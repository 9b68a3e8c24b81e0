import pytest
from tests.support.scripted_transport import ScriptedTransport, answer
from tests.support.turned_clock import START, TurnedClock

from waypost.base.asgi import CallerLeft
from waypost.base.errors import ProviderUnreachable
from waypost.base.tasks import BackgroundTasks
from waypost.engine.transport import Deadlines, OutgoingRequest
from waypost.kernel.calls.record import Recorder
from waypost.kernel.calls.trace import CallTrace, TracedTransport, Traces

pytestmark = pytest.mark.anyio


class Kept(list):
    async def __call__(self, rows) -> None:
        self.extend(rows)


@pytest.fixture
def kept() -> Kept:
    return Kept()


@pytest.fixture
async def recorder(kept: Kept) -> Recorder:
    return Recorder(kept, BackgroundTasks())


@pytest.fixture
def trace(recorder: Recorder) -> CallTrace:
    return Traces(TurnedClock(), recorder).begin(
        request_id="r1",
        environment_id="e",
        account_id="a",
        tenant_id="t",
        integration="acme",
        surface="proxy",
        http_method="GET",
    )


async def test_a_trace_ends_once(trace: CallTrace, recorder: Recorder, kept: Kept) -> None:
    trace.note("paced", seconds=1)
    trace.finish(200, result_count=2, bytes_out=5)
    trace.finish(500, error_code="late")
    await recorder.flush()
    assert len(kept) == 1
    record = trace.record
    assert (record.id, record.at, record.status, record.error_code) == ("r1", START, 200, None)
    assert (record.result_count, record.bytes_out) == (2, 5)
    assert record.notes == [{"note": "paced", "seconds": 1}]
    assert record.duration_ms >= 0


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (None, None),
        (ProviderUnreachable("It broke off."), "provider.unreachable"),
        (CallerLeft(), "caller_left"),
        (KeyError("x"), "internal"),
    ],
)
async def test_a_streamed_answer_keeps_the_status_that_was_seen(
    trace: CallTrace, failure: Exception | None, code: str | None
) -> None:
    trace.finish_stream(206, 7, failure)
    record = trace.record
    assert (record.status, record.bytes_out, record.error_code) == (206, 7, code)
    assert (record.message is None) == (failure is None)


async def test_what_cannot_stand_in_a_database_is_replaced(trace: CallTrace) -> None:
    trace.finish(400, message="a\0b")
    assert trace.record.message == "a\ufffdb"


async def test_every_attempt_is_counted_also_one_that_fails(trace: CallTrace) -> None:
    inside = ScriptedTransport([ProviderUnreachable(), answer(200)])
    transport = TracedTransport(inside, trace)
    request = OutgoingRequest("GET", "https://h.test/x?api_key=k")
    with pytest.raises(ProviderUnreachable):
        await transport.send(request, Deadlines())
    assert (await transport.send(request, Deadlines())).status == 200
    assert trace.record.attempts == 2
    assert trace.record.http_url == "https://h.test/x?api_key=[secret]"
