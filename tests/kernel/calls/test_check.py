"""An account's probes as calls like any other: recorded, bounded, and blamed on the right one."""

from collections.abc import Iterator

import pytest
from tests.support.link_world import LinkWorld, Shop, link_world

from waypost.kernel.calls.check import check_account
from waypost.kernel.calls.probes import ProbeResult, Verdict
from waypost.kernel.calls.store import LogQuery, list_records


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LinkWorld]:
    with link_world(tmp_path_factory.mktemp("check")) as running:
        yield running


@pytest.fixture
def shop(world: LinkWorld) -> Shop:
    return world.shop()


def check(world: LinkWorld, shop: Shop, key: str) -> tuple[Verdict, list[str]]:
    told: list[str] = []

    async def report(result: ProbeResult) -> None:
        told.append(f"{result.label}: {result.outcome}")

    async def run() -> Verdict:
        kernel = world.kernel
        install = (await kernel.installs.list(shop.id)).items[0]
        account = await kernel.accounts.create(
            shop.id,
            tenant_id="t",
            install_id=install.id,
            authentication_method="api_key",
            context={"api_token": key},
        )
        found = await kernel.accounts.for_call(shop.id, account.id)
        integration = kernel.manifests.integration("acme")
        return await check_account(kernel.calls, found, integration, report)

    return world.run(run()), told


@pytest.mark.parametrize(
    ("key", "passed", "told"),
    [
        ("good-key", True, ["Domains: granted", "People: granted"]),
        ("partly-key", True, ["Domains: granted", "People: forbidden"]),
        ("wrong-key", False, ["Domains: rejected"]),
        ("nothing-key", False, ["Domains: forbidden", "People: forbidden"]),
        ("drops-key", False, ["Domains: unavailable"]),
        ("html-key", False, ["Domains: unavailable"]),
    ],
)
def test_what_is_found(
    world: LinkWorld, shop: Shop, key: str, passed: bool, told: list[str]
) -> None:
    verdict, reported = check(world, shop, key)
    assert verdict.passed is passed
    assert reported[0] == told[0]
    assert sorted(reported) == sorted(told)
    assert key not in str(verdict)


def test_probes_are_recorded_and_asked_once(world: LinkWorld, shop: Shop) -> None:
    before = len(world.provider.calls)
    check(world, shop, "broken-key")
    assert len(world.provider.calls) - before == 2

    async def records() -> list[dict[str, object]]:
        await world.kernel.recorder.flush()
        async with world.kernel.database.read() as connection:
            return await list_records(connection, LogQuery(shop.id))

    found = world.run(records())
    assert {record["surface"] for record in found} == {"link"}
    assert {record["status"] for record in found} == {500}
    assert {record["resource"] for record in found} == {"domains", "people"}
