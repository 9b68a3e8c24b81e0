"""One waiting job for an endpoint, whatever happens; and none while it rests."""

from typing import Any

import pytest
from tests.support.kernel_world import KernelWorld

from waypost.base.database import Database
from waypost.features.webhooks import store as endpoints
from waypost.features.webhooks.deliveries.wake import (
    FORGOTTEN,
    is_called,
    is_resting,
    wake,
    wake_after_rest,
    wake_at,
)
from waypost.features.webhooks.store import Webhook
from waypost.kernel.jobs import NewJob

pytestmark = pytest.mark.anyio
NOW = 1000.0


class Asked:
    """Jobs that were asked for."""

    def __init__(self) -> None:
        self.jobs: list[NewJob] = []

    async def enqueue(self, _connection: Any, job: NewJob) -> str:
        self.jobs.append(job)
        return "id"


def webhook(wakes: float | None = None, environment_id: str = "env") -> Webhook:
    return Webhook("w", environment_id, "https://x.example", None, True, 0, 0, wake_at=wakes)


@pytest.mark.parametrize(
    ("wakes", "called", "resting"),
    [
        (None, False, False),
        (NOW, True, False),
        (NOW - FORGOTTEN + 1, True, False),
        (NOW - FORGOTTEN, False, False),
        (NOW + 4, True, False),
        (NOW + 60, True, True),
    ],
)
def test_who_is_called_and_who_rests(wakes: float | None, called: bool, resting: bool) -> None:
    assert is_called(webhook(wakes), NOW) is called
    assert is_resting(webhook(wakes), NOW) is resting


async def test_an_endpoint_is_called_once_until_its_job_begins(database: Database) -> None:
    here = await KernelWorld(database).environment()
    asked: Any = Asked()
    async with database.write() as connection:
        await endpoints.add(connection, here, webhook(environment_id=here), b"sealed")

        async def row() -> Webhook:
            return (await endpoints.locked(connection, here, ["w"]))[0]

        await wake(connection, asked, await row(), NOW)
        await wake(connection, asked, await row(), NOW + 1)
        assert [(job.partition, job.at) for job in asked.jobs] == [("w", None)]
        await wake(connection, asked, await row(), NOW + FORGOTTEN)
        assert len(asked.jobs) == 2, "a job that was lost is called anew"
        await wake_after_rest(connection, asked, await row(), NOW + 300)
        await wake(connection, asked, await row(), NOW + 200)
        assert [job.at for job in asked.jobs] == [None, None, NOW + 300]


async def test_one_moment_is_one_job(database: Database) -> None:
    asked: Any = Asked()
    async with database.write() as connection:
        await wake_at(connection, asked, webhook(), NOW)
        await wake_at(connection, asked, webhook(), NOW)
        await wake_at(connection, asked, webhook(), NOW + 1)
    keys = [job.key for job in asked.jobs]
    assert keys[0] == keys[1] != keys[2]
    assert {job.partition for job in asked.jobs} == {"w"}
