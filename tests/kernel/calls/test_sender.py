"""One request's dealings with a provider; what its callers see of them is in tests/features."""

import base64
from collections.abc import Coroutine
from typing import Any

import pytest
from tests.support.raw_provider import answering
from tests.support.world import ACME_KEY, AcmeWorld

from waypost.base.asgi import PlainRequest
from waypost.base.errors import InvalidRequest, MethodNotSupported, ProviderGarbled, ProviderRefused
from waypost.engine.request import CallInput
from waypost.engine.unify import Fetched
from waypost.kernel.calls.reading import Reading
from waypost.kernel.calls.sender import Sender, begin_sender, plain_answer
from waypost.kernel.environments import Caller


@pytest.fixture
def sender(acme: AcmeWorld) -> Sender:
    async def never() -> Any:
        raise AssertionError

    async def begin() -> Sender:
        calls = acme.environment.served.kernel.calls
        bound = await calls.bind(Caller("api_token", acme.environment.id), acme.account)
        headers = [(b"prefer", b"wait=0")]
        scope = {"method": "GET", "headers": headers, "waypost.request_id": "r1"}
        reading = Reading(acme.account, body_size=3)
        return begin_sender(calls, bound, "proxy", PlainRequest(scope, never), reading)

    return acme.environment.served.run(begin())


def run(acme: AcmeWorld, work: Coroutine[Any, Any, Any]) -> Any:
    return acme.environment.served.run(work)


def test_one_record_is_read_at_its_path(acme: AcmeWorld, sender: Sender) -> None:
    acme.provider.behave(answering(201, {"data": {"id": 7}}))
    fetched = run(acme, sender.one("people", "get", CallInput(id="7")))
    assert (fetched.value, fetched.status) == ({"id": 7}, 201)
    assert sender.trace.record.bytes_in == 3


def test_page_and_whether_there_is_more(acme: AcmeWorld, sender: Sender) -> None:
    assert sender.is_paged("people", "list")
    assert not sender.is_paged("guests", "list")
    acme.provider.behave(answering(200, {"data": [{"id": 1}], "more": True}))
    page = run(acme, sender.page("people", "list", CallInput(), limit=1, cursor=None))
    assert page.value == [{"id": 1}]
    assert page.next is not None


def test_refusal_is_raised_with_what_was_said(acme: AcmeWorld, sender: Sender) -> None:
    acme.provider.behave(answering(404, {"message": "gone"}))
    with pytest.raises(ProviderRefused, match="gone") as caught:
        run(acme, sender.one("people", "get", CallInput(id="7")))
    assert (caught.value.status, caught.value.body) == (404, {"message": "gone"})
    assert acme.busy == 0


def test_raw_path_knows_its_method(acme: AcmeWorld, sender: Sender) -> None:
    acme.provider.behave(answering(200, {"data": [1]}))
    fetched = run(
        acme, sender.raw("GET", "counters?x=1", headers=(), body=None, response_path="data")
    )
    assert fetched.value == [1]
    record = sender.trace.record
    assert (record.resource, record.method) == ("counters", "list")
    with pytest.raises(ProviderGarbled, match="nothing at other"):
        run(acme, sender.raw("GET", "x", headers=(), body=None, response_path="other"))


def test_callers_header_stands_before_the_declared_one(acme: AcmeWorld, sender: Sender) -> None:
    run(acme, sender.raw("GET", "x", headers=(("accept", "text/csv"),), body=None))
    values = [value for name, value in acme.provider.last.headers if name == "accept"]
    assert values == ["text/csv"]


def test_unknown_method(acme: AcmeWorld, sender: Sender) -> None:
    with pytest.raises(MethodNotSupported):
        run(acme, sender.one("people", "fly", CallInput()))


def test_cursor_opens_only_where_it_was_sealed(sender: Sender) -> None:
    here = sender.binding("proxy", "people", Reading("a", query={"x": "1", "limit": "2"}))
    sealed = sender.seal_cursor({"page": 2}, here)
    same = sender.binding("proxy", "people", Reading("a", query={"x": "1", "limit": "3"}))
    assert sender.open_cursor(sealed, same) == {"page": 2}
    assert sender.open_cursor(None, here) is None
    assert sender.seal_cursor(None, here) is None
    for other in (
        sender.binding("unified", "people", Reading("a", query={"x": "1"})),
        sender.binding("proxy", "guests", Reading("a", query={"x": "1"})),
        sender.binding("proxy", "people", Reading("a", query={"x": "2"})),
        sender.binding("proxy", "people", Reading("a", query={"x": "1"}, remote_query={"y": "1"})),
    ):
        with pytest.raises(InvalidRequest):
            sender.open_cursor(sealed, other)


def test_end_is_told_once_with_the_answers_size(acme: AcmeWorld, sender: Sender) -> None:
    async def end() -> None:
        sender.done(plain_answer(Fetched(None, 202, plain=b"abc"), []), result_count=1)
        sender.failed(KeyError())

    run(acme, end())
    record = acme.environment.records()[0]
    assert (record["status"], record["bytes_out"], record["result_count"]) == (202, 3, 1)
    assert len(acme.environment.records()) == 1


def test_plain_answer_keeps_its_type() -> None:
    fetched = Fetched(None, 200, (("content-type", "text/csv"),), plain=b"a,b")
    answer = plain_answer(fetched, [(b"x-a", b"1")])
    assert answer.headers == [(b"content-type", b"text/csv"), (b"x-a", b"1")]
    assert answer.body == b"a,b"


@pytest.mark.parametrize("before", ["", "u:"])
def test_a_garbled_answer_quotes_no_credential(
    acme: AcmeWorld, sender: Sender, before: str
) -> None:
    encoded = base64.b64encode(f"{before}{ACME_KEY}".encode()).decode()
    error = ProviderGarbled(status=200, body=f"<html>{ACME_KEY} {encoded}")

    async def fail() -> None:
        sender.failed(error)  # its record waits in the platform's own event loop

    acme.environment.served.run(fail())
    assert ACME_KEY not in error.body
    assert encoded[4:-4] not in error.body
    assert error.body.startswith("<html>[secret] ")
