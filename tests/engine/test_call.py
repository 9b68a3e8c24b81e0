import asyncio
import gzip
import traceback

import pytest
from tests.support.scripted_transport import (
    ScriptedResponse,
    ScriptedTransport,
    answer,
    header_of,
)
from tests.support.small_integration import integration
from tests.support.turned_clock import TurnedClock

from waypost.base.errors import (
    AddressUnusable,
    BudgetExhausted,
    InvalidRequest,
    ManifestError,
    ProviderGarbled,
    ProviderRefused,
    ProviderTimedOut,
    ProviderUnreachable,
    ReauthorizationNeeded,
)
from waypost.base.secret import Secret
from waypost.engine.call import CallPlan, call, check_host, list_page
from waypost.engine.limits import NO_ANSWER
from waypost.engine.request import CallInput
from waypost.engine.transport import Deadlines

pytestmark = pytest.mark.anyio

KEY = 'planted-5f2c9d/"key"'
BASE = "https://api.acme.example/v1"
ACME = integration(
    {
        "things": {
            "list": {"verb": "GET", "path": "things", "response_path": "data", "pagination": "p"},
            "get": {"verb": "GET", "path": "things/{{id}}", "response_path": "data"},
            "create": {"verb": "POST", "path": "things", "rate_class": "writes"},
            "send": {"verb": "PUT", "path": "send", "sends": "email"},
            "all": {"verb": "GET", "path": "all"},
        }
    },
    pagination={"p": {"style": "page", "has_more": "body.more", "limit": {"maximum": 2}}},
)


class Pacing:
    """A pacer that lets everybody in, or refuses from the n-th entry on, and keeps what it heard."""

    def __init__(self, refuse_from=None):
        self.entered, self.learnt, self.refuse_from = [], [], refuse_from

    async def enter(self, rate_class):
        self.entered.append(rate_class)
        if self.refuse_from is not None and len(self.entered) >= self.refuse_from:
            raise BudgetExhausted(retry_after=9)

    def learn(self, rate_class, status, headers):
        self.learnt.append((rate_class, status))


def plan(method="get", **changes):
    given = {"input": CallInput(id="7"), "credentials": {"api_key": Secret(KEY)}} | changes
    chosen = ACME if "integration" not in given else given.pop("integration")
    return CallPlan(
        integration=chosen,
        method=chosen.resources["things"].methods[method],
        base_url=BASE,
        **given,
    )


async def make(the_plan, *steps, pacing=None, clock=None):
    transport = ScriptedTransport(steps)
    clock = clock or TurnedClock()
    pacing = pacing or Pacing()
    outcome = await call(
        the_plan,
        transport=transport,
        pacer=pacing,
        now=clock.now,
        sleep=clock.sleep,
        monotonic=clock.now,
        jitter=lambda: 0.5,
    )
    return outcome, transport


async def test_one_call_through_all_rings():
    pacing = Pacing()
    response, transport = await make(
        plan("create", input=CallInput(body={"a": 1})), answer(201, {"id": "x"}), pacing=pacing
    )
    (request,) = transport.requests
    assert (request.method, request.url, request.body) == ("POST", f"{BASE}/things", b'{"a":1}')
    assert header_of(request, "authorization") == f"Bearer {KEY}"
    assert header_of(request, "accept-encoding") == "identity"
    assert header_of(request, "content-type") == "application/json"
    assert (response.status, response.sent_attempts) == (201, 1)
    assert (pacing.entered, pacing.learnt) == (["writes"], [("writes", 201)])
    assert transport.responses[0].closed


async def test_an_error_status_is_returned_and_not_raised():
    response, transport = await make(plan(), answer(404, {"message": "no"}))
    assert (response.status, len(transport.requests)) == (404, 1)


async def test_a_callers_authorization_never_replaces_the_accounts():
    headers = (("authorization", "Bearer mine"), ("accept-encoding", "br"), ("x-kept", "1"))
    _, transport = await make(plan(input=CallInput(id="7", headers=headers)), answer())
    names = [name for name, _ in transport.requests[0].headers]
    assert header_of(transport.requests[0], "authorization") == f"Bearer {KEY}"
    assert names.count("authorization") == names.count("accept-encoding") == 1
    assert header_of(transport.requests[0], "x-kept") == "1"


async def test_every_repetition_takes_a_place_and_every_end_is_reported():
    pacing, clock = Pacing(), TurnedClock()
    steps = [answer(503), ProviderUnreachable("gone"), answer(200, {})]
    response, transport = await make(plan(), *steps, pacing=pacing, clock=clock)
    assert (response.status, response.sent_attempts, len(transport.requests)) == (200, 3, 3)
    assert pacing.entered == [None] * 3
    assert pacing.learnt == [(None, 503), (None, NO_ANSWER), (None, 200)]
    assert clock.sleeps == [0.375, 0.75]


async def test_an_address_that_cannot_be_called_is_asked_once():
    pacing, transport = Pacing(), ScriptedTransport([AddressUnusable()], forever=True)
    clock = TurnedClock()
    world = {"now": clock.now, "sleep": clock.sleep, "monotonic": clock.now}
    with pytest.raises(AddressUnusable):
        await call(plan("get"), transport=transport, pacer=pacing, **world)
    assert len(transport.requests) == 1
    assert pacing.learnt == [(None, 0)]


@pytest.mark.parametrize(
    ("method", "step", "sends"),
    [
        ("create", answer(503), 1),
        ("create", ProviderUnreachable("cut", details={"sent": True}), 1),
        ("create", ProviderUnreachable("cut"), 1),
        ("create", ProviderTimedOut(deadline="first_byte", seconds=1), 1),
        ("create", answer(429), 3),
        ("create", answer(421), 3),
        ("create", ProviderUnreachable("refused", details={"sent": False}), 3),
        ("create", ProviderTimedOut(deadline="connect", seconds=1), 3),
        ("send", answer(503), 1),
        ("send", ProviderUnreachable("cut"), 1),
        ("send", answer(429), 3),
        ("get", answer(503), 3),
        ("get", ProviderTimedOut(deadline="first_byte", seconds=1), 3),
    ],
)
async def test_what_is_sent_again(method, step, sends):
    transport, clock = ScriptedTransport([step], forever=True), TurnedClock()
    world = {"now": clock.now, "sleep": clock.sleep, "monotonic": clock.now}
    if isinstance(step, Exception):
        with pytest.raises(type(step)) as caught:
            await call(plan(method), transport=transport, pacer=Pacing(), **world)
        assert caught.value.details["attempts"] == sends
    else:
        await call(plan(method), transport=transport, pacer=Pacing(), **world)
    assert len(transport.requests) == sends


async def test_a_connection_cut_inside_the_answer_counts_as_sent():
    cut = ScriptedResponse(200, (), [b"{"], breaks_with=ProviderUnreachable("cut"))
    with pytest.raises(ProviderUnreachable):
        await make(plan("create"), cut)
    assert cut.closed
    response, _ = await make(plan("get"), cut, answer(200, {}))
    assert response.sent_attempts == 2


async def test_retry_after_is_waited_for_within_the_callers_patience():
    clock = TurnedClock()
    response, _ = await make(plan(), answer(429, retry_after="7"), answer(200, {}), clock=clock)
    assert response.status == 200
    assert clock.sleeps == [7.25]
    response, transport = await make(plan(), answer(429, retry_after="60"))
    assert (response.status, len(transport.requests)) == (429, 1)


async def test_repetitions_end_at_the_deadline():
    clock = TurnedClock()

    def slow(_request):
        clock.turn(29.8)
        return answer(503)

    tight = plan(deadlines=Deadlines(total=30))
    response, transport = await make(tight, slow, clock=clock)
    assert (response.status, len(transport.requests)) == (503, 1)


async def test_a_repetition_that_hangs_is_cut_at_the_shared_deadline():
    clock = TurnedClock()

    def slow(_request):
        clock.turn(29.0)
        return answer(503)

    class Hanging(ScriptedTransport):
        async def send(self, request, deadlines):
            if self.requests:
                await asyncio.Event().wait()
            return await super().send(request, deadlines)

    transport = Hanging([slow])
    with pytest.raises(ProviderTimedOut) as caught:
        await call(
            plan(deadlines=Deadlines(total=29.4)),
            transport=transport,
            pacer=Pacing(),
            now=clock.now,
            sleep=clock.sleep,
            monotonic=clock.now,
            jitter=lambda: 0.0,
        )
    assert caught.value.deadline == "total"


async def test_no_place_for_a_repetition_reports_what_the_provider_said():
    response, _ = await make(plan(), answer(429, {"message": "slow down"}), pacing=Pacing(2))
    assert response.status == 429
    with pytest.raises(BudgetExhausted):
        await make(plan(), pacing=Pacing(1))


async def test_a_streamed_body_is_sent_once():
    async def chunks():
        yield b"x"

    upload = integration(
        {"things": {"create": {"verb": "POST", "path": "up", "body_format": "raw"}}}
    )
    streamed = plan("create", integration=upload, input=CallInput(body=chunks()))
    response, transport = await make(streamed, answer(429))
    assert (response.status, len(transport.requests)) == (429, 1)


async def test_a_manifest_may_name_statuses_that_refuse_but_no_5xx_proves_it():
    limits = {"classes": {"general": {"limit": 9}}, "limited_statuses": [420, 503]}
    strict = integration({"things": {"create": {"verb": "POST", "path": "x"}}}, rate_limit=limits)
    response, _ = await make(plan("create", integration=strict), answer(420), answer(200))
    assert response.sent_attempts == 2
    response, _ = await make(plan("create", integration=strict), answer(503))
    assert response.status == 503


async def test_an_answer_over_the_limit_is_refused_and_its_connection_dropped():
    big = answer(200, b"x" * 101)
    with pytest.raises(ProviderGarbled, match="larger than 100 bytes"):
        await make(plan(body_limit=100), big)
    assert big.closed


async def test_a_provider_that_compresses_anyway_is_understood():
    packed = answer(200, gzip.compress(b'{"data":1}'), content_encoding="gzip")
    response, _ = await make(plan(), packed)
    assert response.body == b'{"data":1}'
    assert response.header("content-encoding") is None


@pytest.mark.parametrize(
    "credentials",
    [{}, {"api_key": Secret("")}, {"api_key": Secret(KEY + "\r\nx-evil: 1")}],
)
async def test_unusable_credentials_ask_for_relinking_and_nothing_is_sent(credentials):
    with pytest.raises(ReauthorizationNeeded) as caught:
        await make(plan(credentials=credentials))
    assert KEY not in everything(caught.value)


async def test_credentials_reach_only_the_hosts_of_the_manifest():
    more = integration(hosts=("files.acme.example",))
    check_host(more, BASE, f"{BASE}/x")
    check_host(more, BASE, "https://files.acme.example/x")
    check_host(more, "http://127.0.0.1:8025/v1", "http://127.0.0.1:8025/v1/x")
    for url in (
        "https://evil.example/v1",
        "http://api.acme.example/v1",
        "http://files.acme.example/x",
        "https://api.acme.example.evil.example/",
        "https://api.acme.example@evil.example/",
        "https://api.acme.example:444/",
    ):
        with pytest.raises(ManifestError):
            check_host(more, BASE, url)


def everything(error):
    """Return all an error says: text, arguments, fields, causes, as a log would show them."""
    texts = []
    while error is not None:
        texts += [repr(error), str(error), repr(error.args), repr(vars(error))]
        texts += traceback.format_exception(error)
        error = error.__cause__ or error.__context__
    return "\n".join(texts)


@pytest.mark.parametrize(
    "step",
    [
        ProviderUnreachable("cut"),
        ProviderTimedOut(deadline="idle", seconds=1),
        answer(200, gzip.compress(b"{}")[:-4], content_encoding="gzip"),
        answer(200, b"", content_encoding="br"),
    ],
)
async def test_no_secret_is_in_any_error_of_a_call(step):
    transport = ScriptedTransport([step], forever=True)
    clock = TurnedClock()
    with pytest.raises((ProviderUnreachable, ProviderTimedOut, ProviderGarbled)) as caught:
        await call(plan(), transport=transport, pacer=Pacing(), now=clock.now, sleep=clock.sleep)
    assert KEY not in everything(caught.value)
    assert caught.value.__context__ is None
    assert KEY not in repr(plan())
    assert KEY not in repr(plan(authorization=(("x-key", KEY),)))


async def test_a_drivers_error_that_holds_the_request_is_cut_off():
    def lose(request):
        raise OSError(f"lost {request.headers}")

    def fail(request):
        try:
            lose(request)
        except OSError:
            raise ProviderUnreachable("cut") from None

    with pytest.raises(ProviderUnreachable) as caught:
        await make(plan("create", input=CallInput(body={})), fail)
    assert caught.value.__context__ is None
    assert KEY not in everything(caught.value)


# --- lists -----------------------------------------------------------------------------------


async def pages(*steps, limit=None, cursor=None, method="list", **changes):
    transport = ScriptedTransport(steps)

    async def send(the_plan):
        clock = TurnedClock()
        return await call(
            the_plan, transport=transport, pacer=Pacing(), now=clock.now, sleep=clock.sleep
        )

    page = await list_page(
        plan(method, input=CallInput(), **changes), limit=limit, cursor=cursor, send=send
    )
    return page, transport


async def test_a_page_and_the_way_to_the_next():
    page, _ = await pages(answer(200, {"data": [1, 2], "more": True}), limit=2)
    assert (page.records, page.previous) == ([1, 2], None)
    assert page.body["more"] is True
    page, transport = await pages(
        answer(200, {"data": [3], "more": False}), limit=2, cursor=page.next
    )
    assert (page.records, page.next) == ([3], None)
    assert "page=2" in transport.requests[0].url
    assert page.previous is not None


async def test_empty_pages_in_the_middle_are_walked_over():
    empty = answer(200, {"data": [], "more": True})
    page, transport = await pages(empty, empty, answer(200, {"data": [9], "more": False}))
    assert (page.records, page.next, page.previous) == ([9], None, None)
    assert len(transport.requests) == 3


async def test_an_empty_end_is_an_empty_page_without_a_next():
    empty = answer(200, {"data": [], "more": True})
    page, _ = await pages(empty, answer(200, {"data": [], "more": False}))
    assert (page.records, page.next) == ([], None)


async def test_endless_empty_pages_are_the_providers_fault():
    with pytest.raises(ProviderGarbled, match="50 empty pages"):
        await pages(*[answer(200, {"data": [], "more": True}) for _ in range(50)])


async def test_a_method_without_paging_is_cut_by_us():
    everything_at_once = answer(200, [1, 2, 3])
    page, _ = await pages(everything_at_once, limit=2, method="all")
    assert page.records == [1, 2]
    page, _ = await pages(everything_at_once, limit=2, method="all", cursor=page.next)
    assert (page.records, page.next) == ([3], None)


async def test_a_refusal_is_raised_without_the_secret_it_repeats():
    refusal = answer(403, {"message": f"Key {KEY} may not list."}, x_echo=KEY)
    with pytest.raises(ProviderRefused) as caught:
        await pages(refusal)
    assert (caught.value.status, caught.value.message) == (403, "Key [secret] may not list.")
    assert "planted" not in everything(caught.value)


@pytest.mark.parametrize("status", [301, 302, 307, 304, 500])
async def test_whatever_is_no_list_is_no_list(status):
    with pytest.raises(ProviderRefused):
        await pages(*[answer(status)] * 3)


async def test_a_wrong_limit_is_the_callers():
    with pytest.raises(InvalidRequest):
        await pages(limit=0)


async def test_a_redirected_read_goes_on_without_its_key_to_another_host():
    pacing = Pacing()
    steps = [
        answer(302, Location="/v1/moved"),
        answer(302, Location="https://files.acme.example/x"),
        answer(200, {"data": 1}),
    ]
    response, transport = await make(plan(), *steps, pacing=pacing)
    first, second, third = transport.requests
    assert [each.url for each in (second, third)] == [
        "https://api.acme.example/v1/moved",
        "https://files.acme.example/x",
    ]
    assert header_of(first, "authorization") == header_of(second, "authorization")
    assert "planted" not in str(third.headers)
    assert header_of(third, "accept-encoding") == "identity"
    assert (response.status, response.is_from_elsewhere) == (200, True)
    assert pacing.learnt == [(None, 302), (None, 302)], "another host is nobody's budget"
    assert all(each.closed for each in transport.responses)


async def test_a_redirect_that_fails_is_begun_again_like_any_read():
    clock = TurnedClock()
    steps = [answer(302, Location="/v1/moved"), answer(503)] * 2
    steps += [answer(302, Location="/v1/moved"), answer(200, {})]
    response, transport = await make(plan(), *steps, clock=clock)
    assert (response.status, response.sent_attempts) == (200, 3)
    assert len(transport.requests) == 6


async def test_a_write_is_not_redirected():
    response, transport = await make(plan("create"), answer(307, Location="/v1/moved"))
    assert (response.status, len(transport.requests)) == (307, 1)


async def test_redirects_in_a_circle_are_the_providers_fault():
    with pytest.raises(ProviderGarbled, match="circle"):
        await make(plan(), answer(302, Location="/v1/a"), answer(302, Location="/v1/things/7"))
