"""Who may call as which account, and that nothing stays open or untold when a call goes wrong."""

import asyncio
from typing import Any

import pytest
from tests.support.kernel_world import KernelWorld
from tests.support.scripted_transport import ScriptedTransport, answer, header_of
from tests.support.small_integration import integration

from waypost.base.asgi import CallerLeft
from waypost.base.errors import (
    AccountNotReady,
    InvalidRequest,
    ManifestError,
    MethodNotSupported,
    NotFound,
    ProviderUnreachable,
    StorageUnavailable,
)
from waypost.base.page import CursorSeal
from waypost.base.tasks import BackgroundTasks
from waypost.engine.request import CallInput
from waypost.engine.transport import Deadlines, OutgoingRequest
from waypost.entrypoints.http.problems import problem, status_of
from waypost.kernel.calls.budget import Budgets
from waypost.kernel.calls.on_behalf import Bound, Calls, CallSettings, refuse_writes_on_sandbox
from waypost.kernel.calls.record import Recorder
from waypost.kernel.calls.refresh import Refresher
from waypost.kernel.calls.trace import CallTrace, Traces
from waypost.kernel.environments import Caller
from waypost.kernel.sends.sends import build_sends

pytestmark = pytest.mark.anyio

SCOPE = {"waypost.request_id": "r1", "method": "GET"}
URL = "https://api.acme.example/v1/things"


class Shelf(list):
    async def __call__(self, rows: list[Any]) -> None:
        self.extend(rows)


def calls_of(world: KernelWorld, *steps: Any) -> tuple[Calls, ScriptedTransport, Recorder, Shelf]:
    transport, shelf = ScriptedTransport(steps), Shelf()
    recorder = Recorder(shelf, BackgroundTasks())
    calls = Calls(
        accounts=world.accounts,
        manifests=world.manifests,
        transport=transport,
        budgets=Budgets(world.clock, {}, set_alarm=world.clock.alarm),
        traces=Traces(world.clock, recorder),
        cursors=CursorSeal(b"k" * 32),
        clock=world.clock,
        settings=CallSettings(),
        refresher=Refresher(
            accounts=world.accounts,
            installs=world.installs,
            transport=transport,
            clock=world.clock,
            deadlines=Deadlines(),
            apps={},
        ),
        sends=build_sends(world.database, world.tasks, world.vault, world.clock, problem=problem),
        status_of=status_of,
        sleep=world.clock.sleep,
    )
    return calls, transport, recorder, shelf


async def bound(world: KernelWorld, shop: str, calls: Calls) -> tuple[Bound, CallTrace]:
    account = await world.account(shop)
    found = await calls.bind(Caller("api_token", shop), account.id)
    return found, calls.begin(found, "proxy", SCOPE)


async def test_account_is_found_in_the_callers_environment_only(
    world: KernelWorld, shop: str
) -> None:
    calls, *_ = calls_of(world)
    account = await world.account(shop)
    found = await calls.bind(Caller("api_token", shop), account.id)
    assert (found.account.id, found.base_url) == (account.id, "https://api.acme.example/v1")
    other = await world.environment("Other")
    with pytest.raises(NotFound):
        await calls.bind(Caller("api_token", other), account.id)
    with pytest.raises(NotFound):
        await calls.bind(Caller("api_token", shop), "nothing")


async def test_account_token_stands_for_its_account(world: KernelWorld, shop: str) -> None:
    calls, *_ = calls_of(world)
    own, other = await world.account(shop), await world.account(shop)
    caller = Caller("account_token", shop, account_id=own.id)
    assert (await calls.bind(caller, None)).account.id == own.id
    assert (await calls.bind(caller, own.id)).account.id == own.id
    with pytest.raises(NotFound):
        await calls.bind(caller, other.id)


async def test_nobody_named(world: KernelWorld, shop: str) -> None:
    calls, *_ = calls_of(world)
    with pytest.raises(InvalidRequest, match="integrated_account_id is missing"):
        await calls.bind(Caller("api_token", shop), None)
    with pytest.raises(InvalidRequest):
        await calls.bind(Caller("operator"), "a")


async def test_account_that_is_not_linked_yet(world: KernelWorld, shop: str) -> None:
    calls, *_ = calls_of(world)
    account = await world.account(shop, active=False)
    with pytest.raises(AccountNotReady) as caught:
        await calls.bind(Caller("api_token", shop), account.id)
    assert caught.value.details == {"status": "connecting"}


async def test_a_call_is_authorized_recorded_and_closed(world: KernelWorld, shop: str) -> None:
    calls, transport, *_ = calls_of(world, answer(200, {"a": 1}))
    found, trace = await bound(world, shop, calls)
    method = integration({"things": {"list": {"verb": "GET", "path": "/things"}}}).method(
        "things", "list"
    )
    assert method is not None
    plan = calls.plan(found, method, CallInput(), patience=3)
    assert plan.patience == 3
    assert calls.plan(found, method, CallInput()).patience == calls.settings.wait
    response = await calls.send(found, plan, trace=trace)
    assert response.status == 200
    assert header_of(transport.requests[0], "authorization") == "Bearer key-1"
    assert transport.responses[0].closed
    assert (trace.record.attempts, trace.record.http_url) == (1, URL)


async def test_streamed_call_is_sent_once_and_learnt_from(world: KernelWorld, shop: str) -> None:
    calls, transport, *_ = calls_of(world, answer(401))
    found, trace = await bound(world, shop, calls)
    request = OutgoingRequest("GET", URL, calls.credentials(found))
    response = await calls.open(found, request, None, trace=trace)
    assert response.status == 401
    assert not transport.responses[0].closed, "its reader closes it"
    assert (await world.accounts.get(shop, found.account.id)).status == "needs_reauth"


async def test_nothing_stays_open_when_the_database_fails(
    world: KernelWorld, shop: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls, transport, *_ = calls_of(world, answer(401))
    found, trace = await bound(world, shop, calls)

    async def away(*_: Any, **__: Any) -> None:
        raise StorageUnavailable

    monkeypatch.setattr(world.accounts, "mark_unauthorized", away)
    request = OutgoingRequest("GET", URL, calls.credentials(found))
    with pytest.raises(StorageUnavailable):
        await calls.open(found, request, None, trace=trace)
    assert transport.responses[0].closed


@pytest.mark.parametrize("url", ["https://evil.test/v1/x", "http://api.acme.example/v1/x"])
async def test_credentials_never_leave_for_another_host(
    world: KernelWorld, shop: str, url: str
) -> None:
    calls, transport, *_ = calls_of(world)
    found, trace = await bound(world, shop, calls)
    with pytest.raises(ManifestError):
        await calls.open(found, OutgoingRequest("GET", url), None, trace=trace)
    assert not transport.requests


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (NotFound(), 404, "caller.not_found"),
        (ProviderUnreachable(), 502, "provider.unreachable"),
        (CallerLeft(), 499, "caller_left"),
        (asyncio.CancelledError(), 499, "caller_left"),
        (KeyError("secret"), 500, "internal"),
    ],
)
async def test_failed_request_is_recorded_as_its_caller_saw_it(
    world: KernelWorld, shop: str, error: BaseException, status: int, code: str
) -> None:
    calls, _, recorder, shelf = calls_of(world)
    _, trace = await bound(world, shop, calls)
    calls.fail(trace, error)
    await recorder.flush()
    assert len(shelf) == 1
    assert (trace.record.status, trace.record.error_code) == (status, code)
    assert "secret" not in (trace.record.message or "")


async def test_method_that_is_not_there(world: KernelWorld, shop: str) -> None:
    calls, *_ = calls_of(world)
    found, _ = await bound(world, shop, calls)
    with pytest.raises(MethodNotSupported, match="Acme has no things list"):
        calls.method(found, "things", "list")


async def test_sandbox_accounts_are_only_read(world: KernelWorld, shop: str) -> None:
    install = await world.install(shop)
    account = await world.accounts.create(
        shop,
        tenant_id="t",
        install_id=install.id,
        authentication_method="api_key",
        context={"api_token": "k"},
        is_sandbox=True,
    )
    found = await world.accounts.for_call(shop, account.id)
    for verb in ("GET", "HEAD"):
        refuse_writes_on_sandbox(found, verb)
    for verb in ("POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
        with pytest.raises(MethodNotSupported):
            refuse_writes_on_sandbox(found, verb)
