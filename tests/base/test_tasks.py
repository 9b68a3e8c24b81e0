import asyncio

import pytest
from structlog.testing import capture_logs

from waypost.base.tasks import BackgroundTasks

pytestmark = pytest.mark.anyio


async def test_work_runs_and_gives_its_result() -> None:
    tasks = BackgroundTasks()

    async def work() -> int:
        return 7

    assert await tasks.start(work(), name="seven") == 7
    await tasks.close()


async def test_failure_is_logged_by_name_and_kind_only() -> None:
    tasks = BackgroundTasks()

    async def work() -> None:
        raise ValueError("planted-value-73")

    with capture_logs() as logs:
        task = tasks.start(work(), name="flush")
        await asyncio.wait([task])
        await asyncio.sleep(0)
    assert logs == [
        {
            "event": "background_task_failed",
            "task": "flush",
            "error": "ValueError",
            "log_level": "error",
        }
    ]


async def test_close_cancels_what_still_runs() -> None:
    tasks = BackgroundTasks()
    ended = asyncio.Event()

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    task = tasks.start(work(), name="forever")
    await asyncio.sleep(0)
    await tasks.close()
    assert ended.is_set()
    assert task.cancelled()
