"""What lets a call pass without waiting, and what its record says; the wire is in adapters/fast_http."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from tests.support.raw_provider import answering
from tests.support.world import AcmeWorld

from waypost.base.asgi import CallerLeft
from waypost.base.clock import monotonic
from waypost.base.errors import ProviderUnreachable
from waypost.kernel.calls.straight import Meaning, Pass, StraightCall, StraightCalls, Way
from waypost.kernel.environments import token_digest


@pytest.fixture
def calls(acme: AcmeWorld) -> StraightCalls:
    kernel = acme.environment.served.kernel
    return StraightCalls(
        kernel.calls,
        accounts=kernel.accounts,
        environments=kernel.environments,
        recorder=kernel.recorder,
        clock=kernel.clock,
    )


def warm(acme: AcmeWorld, calls: StraightCalls, token: str | None = None) -> Way:
    """Return the way to the account just after a call of the usual kind."""
    for _ in range(5):
        acme.provider.behave(answering(200, b"ok"))
        assert acme.passthrough("GET", "/warm").status == 200
        way = calls.way(token_digest(token or acme.environment.token), acme.account)
        if way is not None:
            return way
    raise AssertionError("nothing is kept in memory")


def test_nothing_passes_that_nobody_called_before(acme: AcmeWorld, calls: StraightCalls) -> None:
    assert calls.way(token_digest(acme.environment.token), acme.account) is None
    way = warm(acme, calls)
    assert (way.origin, way.prefix) == (acme.provider.url.removesuffix("/v1"), b"/v1")
    assert way.place[:2] == (acme.environment.id, acme.account)


def test_only_who_may_use_an_account_passes(acme: AcmeWorld, calls: StraightCalls) -> None:
    mine = acme.environment.account_token(acme.account)
    other = acme.environment.account_token(acme.environment.link("acme", {"api_key": "k"}))
    operator = acme.environment.served.operator_token
    for token in (mine, other, operator):
        acme.environment.request("GET", "/integrated-account/me", token=token)
    warm(acme, calls)
    assert calls.way(token_digest(acme.environment.token), acme.account) is not None
    assert calls.way(token_digest(mine), acme.account) is not None
    assert calls.way(token_digest(other), acme.account) is None
    assert calls.way(token_digest(operator), acme.account) is None
    assert calls.way(token_digest("unknown"), acme.account) is None
    assert calls.way(token_digest(acme.environment.token), "unknown") is None


def test_what_is_due_or_switched_off_does_not_pass(acme: AcmeWorld, calls: StraightCalls) -> None:
    way = warm(acme, calls)
    calls._is_due = lambda account: True
    assert calls.way(token_digest(acme.environment.token), acme.account) is None
    calls._is_due = lambda account: False
    account = replace(way.account, account=replace(way.account.account, status="connecting"))
    calls._peek = lambda environment_id, account_id: account
    assert calls.way(token_digest(acme.environment.token), acme.account) is None


class Shelf:
    """A recorder that keeps the rows."""

    def __init__(self) -> None:
        self.rows: list[tuple[Any, ...]] = []

    def add_row(self, row: tuple[Any, ...]) -> None:
        self.rows.append(row)

    def add(self, record: Any) -> None:
        self.rows.append(record.row())


def made(calls: StraightCalls, way: Way, shelf: Shelf) -> StraightCall:
    calls.recorder = shelf  # type: ignore[assignment]
    leave = Pass(calls, way, b"", until=0.0)
    call = StraightCall(calls, leave, Meaning(None), b"GET", b"/v1/x?token=abc", monotonic())
    calls.calls._traces = calls.calls._traces
    return call


@pytest.mark.parametrize(
    ("end", "status", "code"),
    [
        (lambda call: (call.learn(200, ()), call.ended(7, None)), 200, None),
        (lambda call: (call.learn(404, ()), call.ended(7, None)), 404, None),
        (lambda call: (call.learn(200, ()), call.ended(7, CallerLeft())), 200, "caller_left"),
        (lambda call: call.ended(0, CallerLeft()), 499, "caller_left"),
        (lambda call: call.ended(0, ProviderUnreachable()), 502, "provider.unreachable"),
        (lambda call: call.ended(0, None), 499, "caller_left"),
        (lambda call: call.ended(0, ZeroDivisionError()), 500, "internal"),
    ],
)
def test_every_end_is_recorded(
    acme: AcmeWorld,
    calls: StraightCalls,
    end: Callable[[StraightCall], object],
    status: int,
    code: str | None,
) -> None:
    shelf = Shelf()
    call = made(calls, warm(acme, calls), shelf)

    async def run() -> None:
        end(call)

    asyncio.run(run())
    (row,) = shelf.rows
    assert row[0] == call.request_id
    assert row[1:3] == (acme.environment.id, acme.account)
    assert (row[9], row[11], row[19]) == ("GET", status, code)
    assert row[10].startswith(acme.provider.url)
    assert "abc" not in row[10]
    assert row[12] >= row[13] >= 0
    assert row[16] == (7 if status in (200, 404) else 0)


def test_only_some_answers_change_an_account(acme: AcmeWorld, calls: StraightCalls) -> None:
    call = made(calls, warm(acme, calls), Shelf())
    for status in (200, 204, 301, 404, 429, 500, 503):
        assert call.settling(status) is None
    for status in (401, 403):
        work = call.settling(status)
        assert work is not None
        work.close()
