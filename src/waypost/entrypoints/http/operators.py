"""What a process needs without the web framework: start, stop, signs of life, counts."""

import traceback
from collections.abc import Awaitable, Callable

from waypost import __version__
from waypost.base.asgi import Answer, Receive, Scope, Send, json_answer, send_answer
from waypost.base.errors import MethodNotSupported, WaypostError

ASGIApp = Callable[[Scope, Receive, Send], Awaitable[None]]
Act = Callable[[], Awaitable[None]]

SUMMARIES = {
    "/ping": "Answer at once",
    "/healthz": "Say that the process lives",
    "/readyz": "Say that the database answers and no key is missing",
    "/metrics": "Counts in Prometheus text",
}
_PROMETHEUS = (b"content-type", b"text/plain; version=0.0.4; charset=utf-8")


class Operators:
    """Serve the operators' paths and the process's life; hand everything else on to `rest`."""

    def __init__(
        self,
        rest: ASGIApp,
        *,
        on_start: Act,
        on_stop: Act,
        ready: Act,
        metrics: Callable[[], bytes],
    ) -> None:
        self._rest = rest
        self._on_start = on_start
        self._on_stop = on_stop
        self._ready = ready
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http" and scope["path"] in SUMMARIES:
            await send_answer(await self._answer(scope["method"], scope["path"]), send)
        else:
            await self._rest(scope, receive, send)

    async def _answer(self, method: str, path: str) -> Answer:
        if method != "GET":
            raise MethodNotSupported(f"{method} means nothing at {path}.")
        if path == "/metrics":
            return Answer(200, [_PROMETHEUS], self._metrics())
        if path == "/readyz":
            await self._ready()
            return json_answer(200, {"status": "ready"})
        if path == "/ping":
            return json_answer(200, {"status": "ok", "version": __version__})
        return json_answer(200, {"status": "ok"})

    async def _live(self, receive: Receive, send: Send) -> None:
        """Follow ASGI's lifespan; what goes wrong is told to the server, then raised."""
        await receive()
        try:
            await self._on_start()
        except Exception as error:
            await send({"type": "lifespan.startup.failed", "message": _told(error)})
            if isinstance(error, WaypostError):
                return  # its message is all an operator needs; raised, it would be a traceback
            raise
        await send({"type": "lifespan.startup.complete"})
        await receive()
        try:
            await self._on_stop()
        except Exception as error:
            await send({"type": "lifespan.shutdown.failed", "message": _told(error)})
            raise
        await send({"type": "lifespan.shutdown.complete"})


def _told(error: Exception) -> str:
    if isinstance(error, WaypostError):
        return error.message
    return "".join(traceback.format_exception(error))
