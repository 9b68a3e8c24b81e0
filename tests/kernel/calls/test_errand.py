"""The platform's own calls: whole lists, refusals raised and logged, what is absent is none."""

import pytest
from tests.support.sandbox import Sandbox
from tests.support.world import Environment, World

from waypost.base.errors import ProviderRefused
from waypost.engine.manifest.registrations import HookCall
from waypost.kernel.calls.errand import Errand, is_temporary


@pytest.fixture
def mail(environment: Environment, sandbox: Sandbox) -> World:
    there = sandbox.account()
    account = environment.link("mailersend", {"api_token": there.api_token})
    return World(environment, there, account)


def errand(world: World) -> Errand:
    kernel = world.environment.served.kernel

    async def made() -> Errand:
        found = await kernel.accounts.for_call(world.environment.id, world.account)
        return Errand(kernel.calls, await kernel.calls.bind_account(found), "errands")

    return world.environment.served.run(made())


def test_every_page_is_read_and_logged_once(mail: World) -> None:
    mail.sandbox.seed(domains=[{"name": f"d{number}.test"} for number in range(120)])
    here = errand(mail)
    call = HookCall(resource="domains", method="list")
    assert len(mail.environment.served.run(here.list_all(call, {}))) == 120
    [logged] = [each for each in mail.environment.records() if each["resource"] == "domains"]
    assert (logged["surface"], logged["result_count"]) == ("errands", 120)


def test_a_refusal_is_raised_unless_it_means_absent(mail: World) -> None:
    here, run = errand(mail), mail.environment.served.run
    call = HookCall(resource="domains", method="get", id="id")
    with pytest.raises(ProviderRefused) as refused:
        run(here.act(call, {"id": "n0d0m41n00000000"}))
    assert (refused.value.status, is_temporary(refused.value)) == (404, False)
    assert run(here.act(call, {"id": "n0d0m41n00000000"}, absent=(404,))) is None


@pytest.mark.parametrize(("status", "is_so"), [(408, True), (421, True), (429, True), (503, True)])
def test_what_time_may_mend(status: int, is_so: bool) -> None:
    assert is_temporary(ProviderRefused("x", status=status)) is is_so
