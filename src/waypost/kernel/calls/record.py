"""Call records: collected off the hot path, redacted, written in batches."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from operator import attrgetter
from typing import Any
from urllib.parse import parse_qsl, urlencode

from msgspec import Struct

from waypost.base.asgi import encode_json
from waypost.base.errors import WaypostError
from waypost.base.log import SECRET_NAMES, get_logger
from waypost.base.tasks import BackgroundTasks

FLUSH_SECONDS = 0.1
BUSY_SECONDS = 0.4
MANY = 64
"""With more records than this at a time they are written less often: a transaction has its price."""
MOST_WAITING = 50_000
_WORTH = 2_000
"""So many are written without waiting on: they would only take memory."""
_BATCH = 8_000
"""In one transaction at most: on a busy server small ones fall behind the calls."""
_log = get_logger("waypost.calls")
_LONG_TOKEN = re.compile(r"[A-Za-z0-9_\-.~+/=]{32,}")

Row = tuple[Any, ...]
"""A record's values in the order of `CallRecord`, `notes` as JSON text."""


class CallRecord(Struct):
    """One call as `/log` shows it; durations are in milliseconds, `at` in Unix seconds."""

    id: str
    environment_id: str
    account_id: str
    tenant_id: str | None
    integration: str
    surface: str
    at: float
    resource: str | None = None
    method: str | None = None
    http_method: str = ""
    http_url: str = ""
    status: int = 0
    duration_ms: float = 0.0
    fetch_ms: float = 0.0
    attempts: int = 0
    bytes_in: int = 0
    bytes_out: int = 0
    result_count: int | None = None
    needs_reauth: bool = False
    error_code: str | None = None
    message: str | None = None
    notes: list[Any] | None = None

    def row(self) -> Row:
        """Return the values in the order of the table's columns, `notes` as JSON text."""
        *values, notes = _values(self)
        return (*values, None if notes is None else encode_json(notes).decode())


_values = attrgetter(*CallRecord.__struct_fields__)

Sink = Callable[[list[Row]], Awaitable[None]]


class Recorder:
    """Take records without waiting; write them within moments, at most `MOST_WAITING` behind."""

    def __init__(
        self,
        sink: Sink,
        tasks: BackgroundTasks,
        *,
        count: Callable[[Sequence[Row]], None] = lambda _: None,
    ) -> None:
        self._sink = sink
        self._count = count
        self._tasks = tasks
        self._waiting: list[Row] = []
        self._scheduled = False
        self._pause = FLUSH_SECONDS
        self._writing = asyncio.Lock()
        self._is_full = False
        self.dropped = 0

    def add(self, record: CallRecord) -> None:
        """Keep a record; it reaches the database moments later."""
        self.add_row(record.row())

    def add_row(self, row: Row) -> None:
        """Keep a record in the form of `CallRecord.row`."""
        if len(self._waiting) >= MOST_WAITING:
            self._drop(1)
            return
        self._waiting.append(row)
        if not self._scheduled:
            self._scheduled = True
            asyncio.get_running_loop().call_later(self._pause, self._begin)
        elif len(self._waiting) == _WORTH:
            self._begin()

    def _begin(self) -> None:
        self._scheduled = False
        self._pause = BUSY_SECONDS if len(self._waiting) > MANY else FLUSH_SECONDS
        self._tasks.start(self.flush(), name="write call records")

    async def close(self) -> None:
        """Write everything, also what comes meanwhile, as far as the database takes it."""
        # First of all, since that waits for a write which is under way.
        while await self.flush() and self._waiting:
            pass

    async def flush(self) -> bool:
        """Write what waits, and say whether all of it was; records survive a failing database."""
        async with self._writing:
            # What comes meanwhile has its own time: as long as calls come it would go on without a
            # pause, a few records to a transaction, and each transaction waits for the disk.
            due, self._waiting = self._waiting, []
            while due:
                batch, due = due[:_BATCH], due[_BATCH:]
                try:
                    await self._sink(batch)
                except WaypostError as error:
                    self._keep(batch + due + self._waiting)
                    _log.warning("call_records_wait", error=error.code, waiting=len(self._waiting))
                    self._retry_later()
                    return False
                except Exception:
                    # A row that the database cannot hold must not take the others with it.
                    await self._write_singly(batch)
                self._count(batch)
                self._is_full = False
        return True

    def _keep(self, rows: list[Row]) -> None:
        self._waiting = rows[:MOST_WAITING]
        self._drop(len(rows) - len(self._waiting))

    def _drop(self, count: int) -> None:
        self.dropped += count
        if count and not self._is_full:
            # Said once until something can be written again, not at every call.
            self._is_full = True
            _log.error("call_records_dropped", waiting=len(self._waiting), dropped=self.dropped)

    async def _write_singly(self, batch: list[Row]) -> None:
        for row in batch:
            try:
                await self._sink([row])
            except Exception as error:
                self.dropped += 1
                _log.error("call_record_lost", id=row[0], error=type(error).__name__)

    def _retry_later(self) -> None:
        if not self._scheduled:
            self._scheduled = True
            asyncio.get_running_loop().call_later(1.0, self._begin)


def redacted_url(url: str) -> str:
    """Return a URL fit for a record: no user information, secret-looking query values cut."""
    if "?" not in url and "@" not in url:
        return url
    head, mark, query = url.partition("?")
    scheme, separator, rest = head.partition("://")
    authority, slash, path = rest.partition("/")
    head = f"{scheme}{separator}{authority.rpartition('@')[2]}{slash}{path}"
    if not mark:
        return head
    pairs = [
        (name, "[secret]" if SECRET_NAMES.search(name) or _LONG_TOKEN.fullmatch(value) else value)
        for name, value in parse_qsl(query, keep_blank_values=True)
    ]
    return f"{head}?{urlencode(pairs, safe='[],:@')}"
