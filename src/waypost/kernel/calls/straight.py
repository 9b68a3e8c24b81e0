"""The straight way: a call for which everything is in memory, so that it is made without waiting."""

from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from waypost.base.asgi import CallerLeft, HeaderPairs
from waypost.base.clock import Clock, monotonic
from waypost.base.errors import ProviderTimedOut, ProviderUnreachable
from waypost.base.ids import new_id
from waypost.engine.limits import NO_ANSWER
from waypost.engine.match import Match
from waypost.engine.transport import Deadlines, Headers
from waypost.kernel.accounts import AccountForCall, Accounts, can_call
from waypost.kernel.calls.on_behalf import Bound, Calls
from waypost.kernel.calls.record import CallRecord, Recorder, redacted_url
from waypost.kernel.calls.trace import CallTrace
from waypost.kernel.environments import Caller, Environments

MOST_URLS = 500
CALLER_KINDS = ("api_token", "account_token")


class Common(Protocol):
    """What calls of one caller for one account have in common.

    `origin` is the provider's scheme, host and port; `fields` are the header lines of the request, but
    for Host and the empty line.
    """

    origin: str
    fields: bytes
    deadlines: Deadlines


class Straight(Protocol):
    """A call that was let through: what to send, and whom to tell how it went.

    `verb` and `target` are the first line of the request.
    """

    verb: bytes
    target: bytes
    request_id: str

    @property
    def common(self) -> Common:
        """Return what it shares with others."""
        ...

    def answered(self, status: int, headers: HeaderPairs) -> list[bytes]:
        """Take note of the answer's head; return the header lines that the caller gets."""
        ...

    def settling(self, status: int) -> Coroutine[Any, Any, None] | None:
        """Return what is to be done before the caller gets an answer of this status, if anything."""
        ...

    def ended(self, sent: int, failure: BaseException | None) -> None:
        """Complete the record of a call whose caller got `sent` bytes of a body; once, always."""
        ...


class CallerHead:
    """The headers of a request, names in lower case; many requests may share one."""

    __slots__ = ("pairs", "read")

    def __init__(self, pairs: HeaderPairs) -> None:
        self.pairs = pairs
        self.read: Any = None
        """For whoever decides: what was read in it."""


Decide = Callable[[bytes, bytes, CallerHead], Straight | None]
"""Given verb, target and head: the call, or None for every other way."""


class Meaning:
    """What a path means to an integration: the method it is, if it is one, and its class of limits."""

    __slots__ = ("match", "method", "rate_class", "resource")

    def __init__(self, match: Match | None) -> None:
        self.match = match
        self.resource = match.resource if match is not None else None
        self.method = match.name if match is not None else None
        self.rate_class = match.method.rate_class if match is not None else None


class Way:
    """What the calls of one account have in common, while its snapshot is fresh."""

    __slots__ = ("account", "bound", "derived", "origin", "place", "prefix", "url", "urls")

    def __init__(self, bound: Bound) -> None:
        account = bound.account
        self.bound = bound
        self.account = account
        start = bound.base_url.find("/", bound.base_url.find("://") + 3)
        self.origin = bound.base_url if start < 0 else bound.base_url[:start]
        self.prefix = b"" if start < 0 else bound.base_url[start:].encode()
        self.url = redacted_url(self.origin)
        self.urls: dict[bytes, str] = {}
        self.place = (account.environment_id, account.id, account.tenant_id, account.integration)
        self.derived: Any = None
        """For those above: what they made of this account."""


class Pass:
    """Leave to call one account, for whoever asked for it: it holds until `until`, or a change.

    Those above add what they make of it.
    """

    __slots__ = (
        "deadlines",
        "fields",
        "is_ailing",
        "origin",
        "place",
        "seen",
        "try_enter",
        "until",
        "way",
    )

    def __init__(self, calls: "StraightCalls", way: Way, fields: bytes, *, until: float) -> None:
        self.way = way
        self.until = until
        self.seen = calls.changes()
        self.origin = way.origin
        self.place = way.place
        self.is_ailing = way.account.is_ailing
        self.fields = fields
        self.deadlines = calls.deadlines
        self.try_enter = way.bound.budget.try_enter


class StraightCalls:
    """Let calls through whose caller, account, credentials and budget are at hand."""

    def __init__(
        self,
        calls: Calls,
        *,
        accounts: Accounts,
        environments: Environments,
        recorder: Recorder,
        clock: Clock,
    ) -> None:
        self.calls = calls
        self.deadlines = calls.settings.deadlines
        self.recorder = recorder
        self.now = clock.now
        self._accounts = accounts.snapshots
        self._accounts.prepare(calls.ready)
        self._environments = environments
        self._memories = (accounts.snapshots.readings, environments.callers)
        self._peek = accounts.peek
        self._recognise = environments.recognise
        self._is_due = calls.refresher.is_due

    def changes(self) -> int:
        """Return a number that grows whenever somebody may have lost what he was allowed."""
        accounts, callers = self._memories
        return accounts.changes + callers.changes

    def until(self, token: bytes, way: Way) -> float:
        """Return until when (monotonic) `way` says the same, as long as `changes` does."""
        if way.account.expires_at is not None:
            return 0.0  # whether its token is due is to be seen each time
        environment_id, account_id, *_ = way.place
        fresh = self._accounts.fresh_until(environment_id, account_id)
        return min(fresh, self._environments.known_until(token))

    def way(self, token: bytes, account_id: str) -> Way | None:
        """Return the way to an account, or None where something must be waited for or refused.

        The token is named by its digest.
        """
        caller = self._recognise(token)
        if caller is None or not _may_use(caller, account_id):
            return None
        account = self._peek(caller.environment_id or "", account_id)
        if account is None or not can_call(account.status) or self._is_due(account):
            return None
        way: Way | None = account.derived.get("way")
        if way is None:
            way = self._prepared(account)
        return way

    def _prepared(self, account: AccountForCall) -> Way | None:
        # Whoever calls first on a fresh snapshot binds it, and may be refused for what is missing.
        bound: Bound | None = account.derived.get("bound")
        if bound is None:
            return None
        way = account.derived["way"] = Way(bound)
        return way


def _may_use(caller: Caller, account_id: str) -> bool:
    if caller.kind not in CALLER_KINDS or caller.environment_id is None:
        return False
    return caller.account_id is None or caller.account_id == account_id


class StraightCall:
    """One call on the straight way, from the decision to its record."""

    __slots__ = (
        "_answered_at",
        "_at",
        "_began",
        "_calls",
        "_status",
        "_trace",
        "common",
        "meaning",
        "request_id",
        "target",
        "verb",
    )

    surface = ""
    """Named by whoever makes calls of this kind."""

    def __init__(
        self,
        calls: StraightCalls,
        common: Pass,
        meaning: Meaning,
        verb: bytes,
        target: bytes,
        began: float,
    ) -> None:
        self._calls = calls
        self.common = common
        self.meaning = meaning
        self.verb = verb
        self.target = target
        self.request_id = new_id()
        self._trace: CallTrace | None = None
        self._status = 0
        self._at = calls.now()
        self._began = self._answered_at = began

    def learn(self, status: int, headers: Headers) -> None:
        """Take note of an answer; of the headers those suffice that the budget reads."""
        self._status = status
        self._answered_at = monotonic()
        self.common.way.bound.budget.learn(self.meaning.rate_class, status, headers)

    def limits(self) -> bytes:
        """Return our `ratelimit-*` headers as they stand on the wire."""
        return self.common.way.bound.budget.header_lines(self.meaning.rate_class)

    def settling(self, status: int) -> Coroutine[Any, Any, None] | None:
        """Return what a 401, a 403 or the first success after them changes about the account."""
        if status not in (401, 403) and not self.common.is_ailing:
            return None
        account = self.common.way.account
        outcomes = self._calls.calls.outcomes
        if not outcomes.matters(account, status):
            return None
        trace = self._told()
        match = self.meaning.match
        trace.scopes = match.method.scopes if match else ()
        return outcomes.settle(account, status, trace)

    def ended(self, sent: int, failure: BaseException | None) -> None:
        """Complete the record."""
        if failure is not None or self._trace is not None or not self._status:
            self._end_told(sent, failure)
            return
        meaning, began = self.meaning, self._began
        # In the order of `CallRecord`.
        row = (self.request_id, *self.common.place, self.surface, self._at)
        what = (meaning.resource, meaning.method, self.verb.decode(), self._url(), self._status)
        took = ((monotonic() - began) * 1000, (self._answered_at - began) * 1000)
        self._calls.recorder.add_row(
            row + what + took + (1, 0, sent, None, False, None, None, None)
        )

    def _end_told(self, sent: int, failure: BaseException | None) -> None:
        if not self._status:
            is_theirs = isinstance(failure, ProviderUnreachable | ProviderTimedOut)
            self.common.way.bound.budget.learn(
                self.meaning.rate_class, NO_ANSWER if is_theirs else 0, ()
            )
            self._answered_at = monotonic()
        trace = self._told()
        if self._status:
            trace.finish_stream(self._status, sent, failure)
        else:
            self._calls.calls.fail(trace, failure or CallerLeft(), self.common.way.bound.budget)

    def _told(self) -> CallTrace:
        """Return the call's trace as the other ways keep it."""
        if self._trace is None:
            record = CallRecord(
                self.request_id,
                *self.common.place,
                self.surface,
                self._at,
                resource=self.meaning.resource,
                method=self.meaning.method,
                http_method=self.verb.decode(),
            )
            self._trace = CallTrace(record, self._began, self._calls.recorder)
            self._trace.rate_class = self.meaning.rate_class
            self._trace.sent(self._url(), self._answered_at - self._began)
        return self._trace

    def _url(self) -> str:
        target, way = self.target, self.common.way
        url = way.urls.get(target)
        if url is None:
            url = way.url + target.decode("latin-1")
            if b"?" in target or b"@" in target:
                return redacted_url(url)
            if len(way.urls) < MOST_URLS:
                way.urls[target] = url
        return url


__all__ = [
    "CallerHead",
    "Common",
    "Decide",
    "Meaning",
    "Pass",
    "Straight",
    "StraightCall",
    "StraightCalls",
    "Way",
]
