"""One connection to a real server: in order, pipelined, and broken for good."""

import asyncio

import pytest
from structlog.testing import capture_logs
from tests.support.valkey import valkey_process

from waypost.adapters.valkey.line import LineBroken, open_line
from waypost.base.tasks import BackgroundTasks

pytestmark = pytest.mark.anyio


async def test_answers_come_to_whom_they_belong(valkey_url: str) -> None:
    line = await open_line(valkey_url, BackgroundTasks())
    answers = await asyncio.gather(*(line.ask("ECHO", str(number)) for number in range(500)))
    assert answers == [b"%d" % number for number in range(500)]
    line.break_off()
    with pytest.raises(LineBroken):
        await line.ask("PING")


async def test_who_gives_up_waiting_does_not_confuse_the_others(valkey_url: str) -> None:
    line = await open_line(valkey_url, BackgroundTasks())
    gone = asyncio.ensure_future(line.ask("ECHO", "gone"))
    stays = asyncio.ensure_future(line.ask("ECHO", "stays"))
    await asyncio.sleep(0)
    gone.cancel()
    assert await stays == b"stays"
    line.break_off()


async def test_what_the_server_refuses_breaks_the_line(valkey_url: str) -> None:
    line = await open_line(valkey_url, BackgroundTasks())
    with pytest.raises(LineBroken):
        await line.ask("NO-SUCH-COMMAND")
    assert line.is_broken


async def test_a_server_that_dies_is_noticed_and_never_asked_again() -> None:
    with valkey_process() as server:
        line = await open_line(server.url, BackgroundTasks())
        server.kill()
        with pytest.raises(LineBroken):
            await asyncio.wait_for(line.ask("PING"), 5)
        with pytest.raises(LineBroken):
            await open_line(server.url, BackgroundTasks())
        server.start()
        with pytest.raises(LineBroken):
            await line.ask("PING")


async def test_a_server_that_died_meanwhile_is_no_fault_of_ours() -> None:
    with valkey_process() as server, capture_logs() as logged:
        line = await open_line(server.url, BackgroundTasks())
        assert await line.ask("PING") == b"PONG"
        server.kill()
        with pytest.raises(LineBroken):
            await line.ask("PING")
        await asyncio.wait(line._work)
    assert {each["event"] for each in logged} <= {"budget_server_lost"}
