"""A method whose mapping a user wrote: the same answers, its calls made where the network is."""

import asyncio
import threading
from collections.abc import Mapping as AnyMapping
from typing import Any

import pytest
from msgspec import structs
from tests.support.scripted_send import ScriptedSend

from waypost.base.errors import ManifestError, ProviderRefused
from waypost.engine.manifest.unified import Mapping, MappingStep
from waypost.engine.request import CallInput
from waypost.engine.unify import Ask, Fetched, Send, list_records, run_method_apart, run_single
from waypost.engine.unify.records import Position

pytestmark = pytest.mark.anyio

PEOPLE = [{"id": place, "name": f"n{place}"} for place in range(7)]
LIST = Mapping(
    resource="people",
    method="list",
    before=(MappingStep(name="all", resource="guests", method="list"),),
    response_mapping='{"id": $string(response.id), "guests": $count(before.all)}',
    merge=(
        Mapping(resource="guests", method="list", response_mapping='{"id": "g" & response.id}'),
    ),
)
GET = Mapping(resource="people", method="get", response_mapping='{"id": $string(response.id)}')


class Placed(ScriptedSend):
    """A provider that notes in which thread it is called."""

    def __init__(self, lists: AnyMapping[str, list[Any]], *, page_size: int | None = None) -> None:
        super().__init__(lists, page_size=page_size)
        self.threads: set[int] = set()

    async def one(self, resource: str, method: str, call: CallInput) -> Fetched:
        await asyncio.sleep(0)
        self.threads.add(threading.get_ident())
        return await super().one(resource, method, call)

    async def page(self, resource: str, method: str, call: CallInput, **rest: Any) -> Fetched:
        await asyncio.sleep(0)
        self.threads.add(threading.get_ident())
        return await super().page(resource, method, call, **rest)


@pytest.mark.parametrize("page_size", [None, 2, 3])
@pytest.mark.parametrize("limit", [None, 1, 4, 100])
async def test_the_same_page_by_the_same_calls(page_size: int | None, limit: int | None) -> None:
    def both(send: Send) -> Any:
        return list_records(LIST, Ask(), send, position=Position(), limit=limit)

    plain = Placed({"people": PEOPLE, "guests": [{"id": 9}]}, page_size=page_size)
    apart = Placed({"people": PEOPLE, "guests": [{"id": 9}]}, page_size=page_size)
    assert await run_method_apart(both, apart) == await both(plain)
    assert apart.asked == plain.asked
    assert apart.threads == {threading.get_ident()}


async def test_a_refusal_reaches_the_mapping_and_comes_out() -> None:
    merged = structs.replace(
        GET, merge=(Mapping(resource="guests", method="get", response_mapping="response"),)
    )
    send = Placed({"people": [], "guests": [{"id": 5}]})
    item, _ = await run_method_apart(lambda s: run_single(merged, Ask(id="5"), s), send)
    assert item.record == {"id": 5}
    with pytest.raises(ProviderRefused) as caught:
        await run_method_apart(lambda s: run_single(GET, Ask(id="9"), s), Placed({"people": []}))
    assert caught.value.status == 404


async def test_a_mapping_that_fails_says_so() -> None:
    broken = structs.replace(LIST, query_mapping='"no object"')
    with pytest.raises(ManifestError, match="object"):
        await run_method_apart(
            lambda s: list_records(broken, Ask(), s, position=Position(), limit=None),
            Placed({"people": PEOPLE, "guests": []}),
        )


async def test_who_gives_up_during_a_call_ends_it() -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    class Waiting(Placed):
        async def one(self, resource: str, method: str, call: CallInput) -> Fetched:
            begun.set()
            try:
                await asyncio.Event().wait()
            finally:
                ended.set()
            raise AssertionError

    method = run_method_apart(lambda s: run_single(GET, Ask(id="1"), s), Waiting({}))
    task = asyncio.ensure_future(method)
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended.is_set()


async def test_who_gives_up_during_an_evaluation_does_not_wait_for_it() -> None:
    slow = structs.replace(GET, id_mapping="$count([1..9999].[1..9999])")
    send = Placed({"people": PEOPLE})
    task = asyncio.ensure_future(run_method_apart(lambda s: run_single(slow, Ask(id="1"), s), send))
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await run_method_apart(lambda s: run_single(GET, Ask(id="1"), s), send)
    assert [asked[1] for asked in send.asked] == ["get"], "what was given up makes no call later"
