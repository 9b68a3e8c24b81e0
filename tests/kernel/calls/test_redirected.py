"""Redirects of a streamed answer: every answer on the way is closed, every send at home is paced."""

import asyncio
from typing import Any

import pytest
from tests.support.scripted_transport import ScriptedTransport, answer

from waypost.base.errors import ProviderGarbled, ProviderTimedOut
from waypost.engine.redirects import Trail
from waypost.engine.transport import Deadlines, Headers, OutgoingRequest
from waypost.kernel.calls.redirected import follow

pytestmark = pytest.mark.anyio

URL = "https://api.acme.example/v1/x"
REQUEST = OutgoingRequest("GET", URL, (("authorization", "Bearer k"), ("accept", "*/*")))


class Pacing:
    def __init__(self) -> None:
        self.entered: list[str | None] = []
        self.learnt: list[int] = []

    async def enter(self, rate_class: str | None) -> None:
        self.entered.append(rate_class)

    def learn(self, rate_class: str | None, status: int, headers: Headers) -> None:
        self.learnt.append(status)


async def followed(first: Any, *steps: Any, deadlines: Deadlines | None = None) -> Any:
    transport, pacing, trail = ScriptedTransport(steps), Pacing(), Trail(REQUEST)
    found = await follow(
        trail,
        first,
        transport=transport,
        pacer=pacing,
        rate_class="reads",
        deadlines=deadlines or Deadlines(),
    )
    return found, transport, pacing


async def test_at_home_and_then_elsewhere() -> None:
    first, second = answer(302, Location="/v1/y"), answer(301, Location="https://files.test/z")
    last = answer(200, b"file")
    found, transport, pacing = await followed(first, second, last)
    assert found is last
    assert [each.closed for each in (first, second, last)] == [True, True, False]
    assert [dict(each.headers) for each in transport.requests] == [
        {"authorization": "Bearer k", "accept": "*/*"},
        {"accept": "*/*"},
    ]
    assert (pacing.entered, pacing.learnt) == (["reads"], [301])


async def test_a_circle_leaves_nothing_open() -> None:
    first, second = answer(302, Location="/v1/y"), answer(302, Location="/v1/x")
    with pytest.raises(ProviderGarbled, match="circle"):
        await followed(first, second)
    assert first.closed
    assert second.closed


async def test_what_leads_nowhere_is_the_answer() -> None:
    first = answer(302, Location="http://plain.test/x")
    found, transport, _ = await followed(first)
    assert found is first
    assert not first.closed
    assert not transport.requests


async def test_all_hops_together_have_one_deadline() -> None:
    class Slow(ScriptedTransport):
        async def send(self, request: OutgoingRequest, deadlines: Deadlines) -> Any:
            await asyncio.Event().wait()

    with pytest.raises(ProviderTimedOut, match="total"):
        await follow(
            Trail(REQUEST),
            answer(302, Location="/v1/y"),
            transport=Slow(()),
            pacer=Pacing(),
            rate_class=None,
            deadlines=Deadlines(total=0.05),
        )
