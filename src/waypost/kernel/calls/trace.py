"""What happened during one call, gathered for its record."""

from asyncio import CancelledError
from typing import Any

from msgspec import Struct

from waypost.base.asgi import CallerLeft
from waypost.base.clock import Clock, monotonic
from waypost.base.errors import WaypostError
from waypost.engine.transport import Deadlines, OutgoingRequest, ProviderResponse, Transport
from waypost.kernel.calls.record import CallRecord, Recorder, redacted_url
from waypost.kernel.sends.guard import Guard, HeldKey


class CallTrace(Struct):
    """One request of a caller, from its arrival to its record.

    `record` is filled while the call goes on; `finish` hands it to the recorder, once. `held` is
    the caller's Idempotency-Key; `is_whole` says that the answer was read before any of it goes on.
    """

    record: CallRecord
    started: float
    _recorder: Recorder
    rate_class: str | None = None
    scopes: tuple[str, ...] = ()
    held: HeldKey | None = None
    is_whole: bool = False
    _finished: bool = False

    def sent(self, url: str, seconds: float) -> None:
        """Note one request to the provider and how long it took."""
        record = self.record
        record.attempts += 1
        record.fetch_ms += seconds * 1000
        record.http_url = redacted_url(url)

    def note(self, word: str, **fields: Any) -> None:
        """Keep a remark that the log shows, such as a retry or a wait for the budget."""
        notes = self.record.notes = self.record.notes or []
        notes.append({"note": word, **fields})

    def guarded(self, guard: Guard) -> None:
        """Take note of how a call that was written down has ended, and have that written too."""
        guard.end()
        self.is_whole = True
        if guard.send_id is not None and guard.outcome is not None:
            self.note("send", id=guard.send_id, state=guard.outcome.state)

    def finish(
        self,
        status: int,
        *,
        result_count: int | None = None,
        error_code: str | None = None,
        message: str | None = None,
        bytes_out: int = 0,
    ) -> None:
        """Complete the record and hand it over; later calls change nothing."""
        if self._finished:
            return
        self._finished = True
        record = self.record
        record.status = status
        record.duration_ms = (monotonic() - self.started) * 1000
        record.result_count = result_count
        record.error_code = error_code
        # What a provider said may hold a NUL, which PostgreSQL does not keep in a text.
        record.message = message and message.replace("\0", "\ufffd")
        record.bytes_out = record.bytes_out or bytes_out
        self._recorder.add(record)

    def finish_stream(self, status: int, sent: int, failure: BaseException | None) -> None:
        """Complete the record of an answer that was streamed, perhaps not to its end."""
        if failure is None:
            self.finish(status, bytes_out=sent)
        elif isinstance(failure, WaypostError):
            message = failure.message
            self.finish(status, bytes_out=sent, error_code=failure.code, message=message)
        elif isinstance(failure, CallerLeft | CancelledError):
            left = "The caller left before the answer's end."
            self.finish(status, bytes_out=sent, error_code="caller_left", message=left)
        else:
            self.finish(status, bytes_out=sent, error_code="internal", message="A fault of ours.")


class Traces:
    """Begin traces with the clock and the recorder of this process."""

    def __init__(self, clock: Clock, recorder: Recorder) -> None:
        self._clock = clock
        self._recorder = recorder

    def begin(
        self,
        *,
        request_id: str,
        environment_id: str,
        account_id: str,
        tenant_id: str | None,
        integration: str,
        surface: str,
        http_method: str,
    ) -> CallTrace:
        """Begin the trace of one request."""
        record = CallRecord(
            id=request_id,
            environment_id=environment_id,
            account_id=account_id,
            tenant_id=tenant_id,
            integration=integration,
            surface=surface,
            at=self._clock.now(),
            http_method=http_method,
        )
        return CallTrace(record, monotonic(), self._recorder)


class TracedTransport:
    """A transport that notes every request in a trace."""

    __slots__ = ("_trace", "_transport")

    def __init__(self, transport: Transport, trace: CallTrace) -> None:
        self._transport = transport
        self._trace = trace

    async def send(self, request: OutgoingRequest, deadlines: Deadlines) -> ProviderResponse:
        """Send, and note the address and the time until the answer's head."""
        began = monotonic()
        try:
            return await self._transport.send(request, deadlines)
        finally:
            self._trace.sent(request.url, monotonic() - began)

    async def close(self) -> None:
        """The transport inside belongs to the process."""
