"""The parts of deliveries, put together."""

import base64
import hashlib
import hmac
from dataclasses import replace
from typing import Literal

import pytest
from msgspec import structs
from tests.support.endpoint import endpoint
from tests.support.served import Served
from tests.support.world import Environment

from waypost.features.webhooks import store
from waypost.features.webhooks.deliveries.wake import DELIVER
from waypost.features.webhooks.delivering import BACKOFF, Trial, handlers, keys
from waypost.features.webhooks.store import Webhook
from waypost.kernel.kernel import Kernel


async def endpoint_of(kernel: Kernel, environment_id: str, webhook_id: str) -> Webhook:
    async with kernel.database.read() as connection:
        return await store.get(connection, environment_id, webhook_id)


def test_the_work_of_deliveries_runs_in_its_own_lane(platform: Served) -> None:
    deliver, late = handlers(platform.kernel)
    assert (deliver.kind, deliver.lane) == (DELIVER, "deliveries")
    assert late.every is not None
    assert late.lane != deliver.lane


@pytest.mark.parametrize("setting", ["base64", "hex"])
def test_what_is_sent_is_signed_as_the_operator_chose(
    environment: Environment, setting: Literal["base64", "hex"]
) -> None:
    kernel = environment.served.kernel
    chosen = replace(kernel, settings=structs.replace(kernel.settings, webhook_signature=setting))
    with endpoint() as customer:
        made = environment.post("/webhook", json={"target_url": customer.url}).json()
        trial = Trial(chosen, keys(kernel))
        webhook = environment.served.run(endpoint_of(kernel, environment.id, made["id"]))
        environment.served.run(trial.send(webhook))
        [got] = customer.received
    digest = hmac.new(made["secret"].encode(), got.body, hashlib.sha256)
    shown = {"hex": digest.hexdigest(), "base64": base64.b64encode(digest.digest()).decode()}
    assert got.headers["x-truto-signature"] == f"format=sha256,v={shown[setting]}"


def test_a_database_that_was_away_delays_deliveries_by_no_more_than_half_a_minute() -> None:
    waits = [BACKOFF.wait(attempt, 0.5) for attempt in range(1, BACKOFF.attempts)]
    assert waits[0] == 1.0
    assert max(wait for wait in waits if wait is not None) == 30.0
    assert sum(wait for wait in waits if wait is not None) > 600.0
