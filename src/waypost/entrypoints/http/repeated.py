"""Idempotency-Key on the admin half: a repeated request gets the first one's answer."""

from collections.abc import MutableMapping
from typing import Any

from waypost.base.asgi import Answer, PlainRequest, Receive, Scope, Send, send_answer
from waypost.base.ids import token_hash
from waypost.engine.retry import may_repeat
from waypost.entrypoints.http.late import ASGIApp
from waypost.kernel.environments import Caller
from waypost.kernel.sends.repeats import Asked, Repeats, body_hash, digest_of, key_of
from waypost.kernel.sends.store import Key

SURFACE = "admin"


class Repeated:
    """Serve requests with a key once; hand every other one on to `rest` untouched.

    A key counts for one environment, or for the operator, and for an account token's account.
    """

    def __init__(self, rest: ASGIApp, repeats: Repeats, *, most_bytes: int) -> None:
        self._rest = rest
        self._repeats = repeats
        self._most_bytes = most_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        caller = scope.get("waypost.caller") if scope["type"] == "http" else None
        request = PlainRequest(scope, receive)
        if not isinstance(caller, Caller) or (key := key_of(request)) is None:
            await self._rest(scope, receive, send)
            return
        body = await request.body(self._most_bytes)
        place = Key(caller.environment_id or "", caller.account_id or "", SURFACE, token_hash(key))
        asked = Asked(
            place,
            digest_of(request, body_hash(body)),
            is_repeatable=may_repeat(request.method, None, sends=False),
        )
        answer = await self._repeats.once_here(asked, lambda: self._served(scope, body))
        await send_answer(answer, send)

    async def _served(self, scope: Scope, body: bytes) -> Answer:
        """Return what the application answers to a request whose body was read already."""
        answer, chunks = Answer(500), list[bytes]()

        async def receive() -> MutableMapping[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                answer.status, answer.headers = message["status"], list(message["headers"])
            else:
                chunks.append(message.get("body", b""))

        await self._rest(scope, receive, send)
        answer.body = b"".join(chunks)
        return answer
