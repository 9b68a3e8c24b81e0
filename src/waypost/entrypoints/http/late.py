"""An application that is built when it is first asked, so that a process that never is stays small."""

import asyncio
from collections.abc import Awaitable, Callable

from waypost.base.asgi import Receive, Scope, Send

ASGIApp = Callable[[Scope, Receive, Send], Awaitable[None]]


class Late:
    """Build an application in a thread at the first request; those that come meanwhile wait for it.

    What `build` raises is raised to whoever asked; the next one to ask has it built again.
    """

    def __init__(self, build: Callable[[], ASGIApp]) -> None:
        self._build = build
        self._app: ASGIApp | None = None
        self._turn = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self._app or await self._built()
        await app(scope, receive, send)

    async def _built(self) -> ASGIApp:
        async with self._turn:
            if self._app is None:
                # Seconds of imports: the data plane goes on beside them.
                self._app = await asyncio.to_thread(self._build)
            return self._app
