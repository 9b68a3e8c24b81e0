"""The yardstick: a streaming proxy of uvicorn and aiohttp with nothing of ours in it."""

import sys
from typing import Any

import aiohttp
import uvicorn


class Bare:
    """Forward to one upstream."""

    def __init__(self, upstream: str) -> None:
        self._upstream = upstream
        self._session: aiohttp.ClientSession | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        assert self._session is not None
        headers = [(k.decode(), v.decode()) for k, v in scope["headers"] if k != b"host"]
        async with self._session.request(
            scope["method"], self._upstream + scope["path"], headers=headers, allow_redirects=False
        ) as answer:
            kept = [(name.lower(), value) for name, value in answer.raw_headers]
            await send({"type": "http.response.start", "status": answer.status, "headers": kept})
            async for chunk in answer.content.iter_any():
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
            await send({"type": "http.response.body", "body": b""})

    async def _live(self, receive: Any, send: Any) -> None:
        while True:
            word = (await receive())["type"]
            if word == "lifespan.startup":
                connector = aiohttp.TCPConnector(limit=0)
                self._session = aiohttp.ClientSession(connector=connector, auto_decompress=False)
            elif self._session is not None:
                await self._session.close()
            await send({"type": f"{word}.complete"})
            if word == "lifespan.shutdown":
                return


if __name__ == "__main__":
    uvicorn.run(
        Bare(sys.argv[2]),
        port=int(sys.argv[1]),
        loop="uvloop",
        http="httptools",
        ws="none",
        server_header=False,
        date_header=False,
        access_log=False,
        log_level="warning",
    )
