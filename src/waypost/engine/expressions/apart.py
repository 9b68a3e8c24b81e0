"""Evaluate what a user wrote in a thread of its own, where the rest of the program goes on beside it.

The engine holds Python's lock while it reads Python's values, and lets it go while it works on a
document that was converted before: so a user's expressions are given documents.
"""

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from threading import local
from typing import TypeVar

T = TypeVar("T")

MOST_AT_ONCE = 2
"""Evaluations of users' expressions at a time; each may use some 80 MB and half a second."""


class _Place(local):
    is_apart = False


_place = _Place()


def is_apart() -> bool:
    """Say whether this thread evaluates what a user wrote."""
    return _place.is_apart


def begin_apart(work: Callable[[], T]) -> "Future[T]":
    """Run `work` in a thread for users' expressions, after those that wait there already."""
    return _pool().submit(_run, work)


async def run_apart(work: Callable[[], T]) -> T:
    """Return what `work` returns in a thread for users' expressions; raises what it raises."""
    return await asyncio.wrap_future(begin_apart(work))


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(MOST_AT_ONCE, thread_name_prefix="users-expressions")


# A fork has none of its parent's threads: work for them would wait for ever.
os.register_at_fork(after_in_child=_pool.cache_clear)


def _run(work: Callable[[], T]) -> T:
    _place.is_apart = True
    return work()
