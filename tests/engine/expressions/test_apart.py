"""What a user wrote: evaluated in a thread that holds nobody up, within narrower limits."""

import asyncio
import os
import subprocess
import sys
import threading
from concurrent.futures import wait
from typing import Any

import pytest

from waypost.base.clock import monotonic
from waypost.base.errors import ManifestError
from waypost.engine.expressions import compile_expression, run_apart
from waypost.engine.expressions.apart import MOST_AT_ONCE, begin_apart, is_apart

pytestmark = pytest.mark.anyio

SLOW = {
    "a product of ranges": "[1..9999].[1..9999]",
    "a regular expression": '$match($pad("a", 40, "a"), /(a+)+b/)',
    "many texts": '$count($map([1..9999], function($i){ $pad("x", 190000) }))',
    "many lists": "$count($map([1..9999], function($i){ [1..9999] }))",
}


async def test_it_runs_in_another_thread_and_only_there_apart() -> None:
    here = threading.get_ident()
    assert await run_apart(threading.get_ident) != here
    assert await run_apart(is_apart)
    assert not is_apart()


async def test_the_same_expression_means_the_same() -> None:
    scope = {"a": [{"b": 1}, {"b": "é"}], "c": None, "d": 2**40}
    for text in ('{"x": a.b, "y": d + 1}', "a[b = 1]", "c", "nothing", "$exists(c)", "$"):
        expression = compile_expression(text)
        plain = expression.evaluate(scope)
        assert await run_apart(lambda: expression.evaluate(scope)) == plain  # noqa: B023
        each = expression.evaluate_over(scope, "a", range(3))
        over = lambda: expression.evaluate_over(scope, "a", range(3))  # noqa: B023, E731
        assert await run_apart(over) == each


async def test_its_failure_is_ours() -> None:
    broken = compile_expression("$number('x')", where="here")
    with pytest.raises(ManifestError, match="failed") as caught:
        await run_apart(lambda: broken.evaluate({}))
    assert caught.value.where == "here"


@pytest.mark.parametrize("name", SLOW)
async def test_a_hostile_expression_holds_nobody_up(name: str) -> None:
    expression = compile_expression(SLOW[name])
    waiting = asyncio.ensure_future(run_apart(lambda: expression.evaluate({})))
    longest, turns, last = 0.0, 0, monotonic()
    while not waiting.done():
        await asyncio.sleep(0.002)
        now = monotonic()
        longest, turns, last = max(longest, now - last), turns + 1, now
    with pytest.raises(ManifestError):
        waiting.result()
    # Held up, this loop would have turned once; two busy cores make single turns late.
    assert turns > 5, f"{turns} turns, the longest {longest * 1000:.0f} ms"


@pytest.mark.parametrize(
    "text", ['$pad("x", 250000)', "[1..15000]", '$join([1..9000].$pad("x", 1000))']
)
async def test_its_limits_are_narrower(text: str) -> None:
    expression = compile_expression(text)
    with pytest.raises(ManifestError, match="too large"):
        await run_apart(lambda: expression.evaluate({}))


async def test_a_large_page_is_within_them() -> None:
    expression = compile_expression(
        '{"id": $string(r.a), "name": $uppercase(r.b), "c": $split(r.b, " ")}'
    )
    page: list[dict[str, Any]] = [
        {"a": place, "b": "ada king of lovelace"} for place in range(5000)
    ]
    found = await run_apart(lambda: expression.evaluate_over({}, "r", page))
    assert len(found) == 5000


def test_its_memory_is_bounded() -> None:
    program = f"""
import asyncio, resource
from waypost.engine.expressions import compile_expression, run_apart
def used(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
before = used()
for text in {list(SLOW.values())!r}:
    try: asyncio.run(run_apart(lambda: compile_expression(text).evaluate({{}})))
    except Exception as error: pass
print(used() - before)
"""
    command = [sys.executable, "-c", program]
    told = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert int(told.stdout) < 140, "MiB"


async def test_many_wait_their_turn() -> None:
    running, most, lock = 0, 0, threading.Lock()

    def work() -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        threading.Event().wait(0.01)
        with lock:
            running -= 1

    await asyncio.gather(*(run_apart(work) for _ in range(12)))
    assert most == MOST_AT_ONCE


def test_a_fork_has_threads_of_its_own() -> None:
    """Its parent's are not there, and work for them would wait for ever."""
    wait([begin_apart(int) for _ in range(2)])
    child = os.fork()
    if child == 0:
        done, _ = wait([begin_apart(int)], timeout=10)
        os._exit(0 if done else 1)
    assert os.waitpid(child, 0)[1] == 0
