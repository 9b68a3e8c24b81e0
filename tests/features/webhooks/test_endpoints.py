"""Webhooks: where they may point, and a secret that is read once."""

from pathlib import Path

import pytest
from tests.support.databases import bytes_on_disk
from tests.support.kernel_world import KernelWorld

from waypost.base.database import Database
from waypost.base.errors import InvalidRequest, NotFound
from waypost.features.webhooks import store
from waypost.features.webhooks.endpoints import NewWebhook, Webhooks, url_fault, wire_webhook


def make(world: KernelWorld) -> Webhooks:
    return Webhooks(
        world.database, world.vault, world.manifests, clock=world.clock, allow_loopback=False
    )


@pytest.mark.parametrize(
    ("url", "loopback", "fine"),
    [
        ("https://app.example/hook", False, True),
        ("https://app.example:8443/hook?a=b", False, True),
        ("http://app.example/hook", False, False),
        ("http://app.example/hook", True, False),
        ("http://127.0.0.1:9000/hook", False, False),
        ("http://127.0.0.1:9000/hook", True, True),
        ("http://localhost:9000/hook", True, True),
        ("http://[::1]:9000/hook", True, True),
        ("https://user:pass@app.example/", False, False),
        ("ftp://app.example/", False, False),
        ("app.example", False, False),
        ("https://", False, False),
        ("https://app.example:99999/", False, False),
        ("https://app.example/a b", False, False),
        ("https://[", False, False),
        ("https://app.example/" + "a" * 2000, False, False),
    ],
)
def test_where_events_may_be_sent(url: str, loopback: bool, fine: bool) -> None:
    assert (url_fault(url, allow_loopback=loopback) is None) is fine


@pytest.mark.anyio
async def test_the_secret_is_sealed_and_ends_with_the_webhook(
    database: Database, tmp_path: Path
) -> None:
    world = KernelWorld(database)
    here, hooks = await world.environment(), make(world)
    record, secret = await hooks.create(here, NewWebhook(target_url="https://app.example"))
    assert secret.reveal().startswith("whsec_")
    assert secret.reveal().encode() not in bytes_on_disk(tmp_path)
    assert "secret" not in wire_webhook(record)
    assert "event_types" not in wire_webhook(record)
    await hooks.remove(here, record.id)
    with pytest.raises(NotFound):
        await hooks.get(here, record.id)
    with pytest.raises(NotFound):
        await hooks.remove(here, record.id)


@pytest.mark.anyio
async def test_what_it_hears_can_be_changed(database: Database) -> None:
    world = KernelWorld(database)
    here, hooks = await world.environment(), make(world)
    twice = ["integrated_account:active", "integrated_account:active", "test"]
    body = NewWebhook(target_url="https://app.example", event_types=twice)
    record, _ = await hooks.create(here, body)
    assert record.event_types == ["integrated_account:active", "test"]
    every = await hooks.update(here, record.id, {"event_types": None})
    assert every.event_types is None
    for wrong in (
        {"event_types": ["Active!"]},
        {"event_types": ["message.bounce"]},
        {"target_url": "http://app.example"},
    ):
        with pytest.raises(InvalidRequest):
            await hooks.update(here, record.id, wrong)


@pytest.mark.anyio
async def test_a_type_that_was_kept_before_may_stay(database: Database) -> None:
    world = KernelWorld(database)
    here, hooks = await world.environment(), make(world)
    record, _ = await hooks.create(here, NewWebhook(target_url="https://app.example"))
    async with database.write() as connection:
        await store.change(connection, here, record.id, {"event_types": ["order.paid"]})
    changed = await hooks.update(here, record.id, {"event_types": ["order.paid", "record:meta"]})
    assert changed.event_types == ["order.paid", "record:meta"]
    with pytest.raises(InvalidRequest, match="no event type"):
        await hooks.create(here, NewWebhook(target_url="https://a.example", event_types=["o.p"]))
