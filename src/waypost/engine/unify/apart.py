"""Run a unified method whose mapping a user wrote: its expressions in a thread, its calls out here.

What runs a method awaits its `Send` and nothing else. So it is taken from one call to the next in
the thread, and each call is made where the network is.
"""

import asyncio
from collections.abc import Callable, Coroutine, Generator
from functools import partial
from typing import Any, TypeVar, cast

from waypost.engine.expressions import begin_apart
from waypost.engine.unify.scope import Fetched, Send

T = TypeVar("T")
Work = Coroutine[Any, Any, T]


async def run_method_apart(make: Callable[[Send], Work[T]], send: Send) -> T:
    """Return what the coroutine that `make` gives for a `Send` returns; raises what it raises."""
    work = make(_Asking(send))
    go_on: Callable[[], Any] = partial(work.send, None)
    while True:
        step = begin_apart(partial(_advanced, go_on))
        try:
            asked, result = await asyncio.wrap_future(step)
        except asyncio.CancelledError:
            # The thread may still be in it; the step that is under way is its last.
            step.add_done_callback(lambda _: work.close())
            raise
        if asked is None:
            return cast(T, result)
        try:
            go_on = partial(work.send, await asked.made())
        except Exception as error:
            go_on = partial(work.throw, error)
        except BaseException:
            work.close()
            raise


def _advanced(go_on: Callable[[], "_Call"]) -> tuple["_Call | None", Any]:
    """Go on to the next call, or to the end."""
    try:
        return go_on(), None
    except StopIteration as end:
        return None, end.value


class _Call:
    """A call that is wanted; awaiting it hands it out."""

    def __init__(self, made: Callable[[], Work[Fetched]]) -> None:
        self.made = made

    def __await__(self) -> Generator["_Call", Fetched, Fetched]:
        return (yield self)


class _Asking:
    """Implement `Send` by handing every call out."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.is_paged = send.is_paged

    async def one(self, *args: Any, **options: Any) -> Fetched:
        return await _Call(partial(self._send.one, *args, **options))

    async def page(self, *args: Any, **options: Any) -> Fetched:
        return await _Call(partial(self._send.page, *args, **options))
