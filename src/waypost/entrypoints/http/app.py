"""The ASGI application: the data plane as plain callables, every other path by the web framework."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import unquote

from waypost.base.asgi import (
    AT_ONCE,
    Answer,
    CallerLeft,
    HeaderPairs,
    PlainRequest,
    Receive,
    Scope,
    Send,
    send_answer,
    whole_messages,
)
from waypost.base.errors import Forbidden, Unauthenticated, WaypostError
from waypost.base.ids import new_id
from waypost.base.log import get_logger, stack_of
from waypost.entrypoints.http.doors import is_public, kinds_for
from waypost.entrypoints.http.problems import problem, unexpected
from waypost.kernel.environments import Caller

Handler = Callable[[PlainRequest, Caller, str], Awaitable[Answer]]
"""Serve a data-plane request; the text is what follows the surface's name in the raw path."""
Authenticate = Callable[[str], Awaitable[Caller]]
ASGIApp = Callable[[Scope, Receive, Send], Awaitable[None]]

_log = get_logger("waypost.http")
_REPEATED_SLASHES = re.compile("/{2,}")
_ENCODED_SLASH = re.compile("%2[fF]")


def by_path(special: tuple[re.Pattern[str], Handler], usual: Handler) -> Handler:
    """Return a handler that gives the paths of one pattern to another feature."""
    pattern, other = special

    def serve(request: PlainRequest, caller: Caller, tail: str) -> Awaitable[Answer]:
        chosen = other if pattern.fullmatch(tail) else usual
        return chosen(request, caller, tail)

    return serve


class Application:
    """Authenticate, choose the door, turn errors into the envelope."""

    def __init__(
        self,
        *,
        inner: ASGIApp,
        data_plane: Mapping[str, Handler],
        authenticate: Authenticate,
        protocol: Callable[..., asyncio.Protocol],
    ) -> None:
        self.protocol = protocol
        """How the server that runs this speaks with callers."""
        self._inner = inner
        self._data_plane = dict(data_plane)
        assert not any(is_public(f"/{surface}/") for surface in data_plane)
        self._authenticate = authenticate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._inner(scope, receive, send)
            return
        request_id = new_id()
        scope["waypost.request_id"] = request_id
        # Taken out, for it knows the scope: the two would live until the collector comes.
        tagged = _Tagged(send, request_id, scope.pop(AT_ONCE, None))
        try:
            await self._serve(scope, receive, tagged)
        except CallerLeft:
            return
        except WaypostError as error:
            await tagged.answer(problem(error))
        except Exception as error:
            # No exc_info: a renderer may print locals, and those hold tokens.
            _log.error(
                "request_failed",
                request_id=request_id,
                error=type(error).__name__,
                stack=stack_of(error),
            )
            await tagged.answer(unexpected(request_id))

    async def _serve(self, scope: Scope, receive: Receive, send: "_Tagged") -> None:
        surface, tail = _split(scope)
        handler = self._data_plane.get(surface)
        path: str = scope["path"]
        public = handler is None and is_public(path)
        caller = None if public else await self._caller(scope, path)
        scope["waypost.caller"] = caller
        if handler is None or caller is None:
            await self._inner(scope, receive, send)
            return
        request = PlainRequest(scope, receive)
        answer = await handler(request, caller, tail)
        if answer.stream is None and answer.on_finish is None:
            await send.whole(answer)
        else:
            await send_answer(answer, send, request)

    async def _caller(self, scope: Scope, path: str) -> Caller:
        token = bearer_token(scope)
        if token is None:
            raise Unauthenticated(
                "This needs an API token: send it as 'Authorization: Bearer <token>'."
            )
        caller = await self._authenticate(token)
        if caller.kind not in kinds_for(scope["method"], path):
            raise Forbidden(_forbidden(caller.kind, f"{scope['method']} {path}"))
        return caller


def _forbidden(kind: str, what: str) -> str:
    match kind:
        case "operator":
            return (
                f"The operator's token makes environments and their API tokens; for {what} use an "
                "API token (POST /api-token)."
            )
        case "api_token":
            return f"An API token belongs to one environment; {what} takes the operator's token."
        case _:
            return f"An account token calls its account's provider; {what} takes an API token."


def bearer_token(scope: Scope) -> str | None:
    """Return the bearer token of a request, or None."""
    for name, value in scope["headers"]:
        if name == b"authorization":
            scheme, _, token = value.partition(b" ")
            if scheme.lower() == b"bearer" and token.strip():
                return str(token.strip().decode("latin-1"))
    return None


def _split(scope: Scope) -> tuple[str, str]:
    """Collapse slashes that published clients double, and return (surface, raw rest)."""
    raw: bytes = scope.get("raw_path") or scope["path"].encode()
    text = raw.decode("latin-1")
    stripped = text.lstrip("/")
    surface, _, tail = stripped.partition("/")
    if "//" not in text and "%" not in text:
        return surface, tail
    if surface != "passthrough" and "//" in text:
        # On the passthrough the rest of the path is the provider's business, byte for byte.
        text = _REPEATED_SLASHES.sub("/", text)
        scope["path"] = _REPEATED_SLASHES.sub("/", scope["path"])
        tail = text.lstrip("/").partition("/")[2]
    elif text.startswith("//"):
        text = "/" + stripped
        scope["path"] = "/" + scope["path"].lstrip("/")
    scope["raw_path"] = text.encode("latin-1")
    if _ENCODED_SLASH.search(text):
        # A slash inside an id is a part of the id: it must not lead to another route.
        scope["path"] = unquote(_ENCODED_SLASH.sub("%252F", text))
    return surface, tail


class _Tagged:
    """A send that marks every answer with its request id, and knows how far it has come."""

    __slots__ = ("_at_once", "_request_id", "_send", "begun", "ended")

    def __init__(
        self,
        send: Send,
        request_id: str,
        at_once: Callable[[int, HeaderPairs, bytes], bool] | None = None,
    ) -> None:
        self._send = send
        self._at_once = at_once
        self._request_id = request_id
        self.begun = False
        self.ended = False

    async def __call__(self, message: Scope) -> None:
        if message["type"] == "http.response.start":
            self._begin(message)
        await self._send(message)
        if message["type"] == "http.response.body" and not message.get("more_body"):
            self.ended = True

    def _begin(self, start: Scope) -> None:
        self.begun = True
        start["headers"] = [*start["headers"], (b"waypost-request-id", self._request_id.encode())]

    async def whole(self, answer: Answer) -> None:
        """Send an answer that is no stream: the usual one, so past every layer."""
        start, body = whole_messages(answer)
        self._begin(start)
        if self._at_once is None or not self._at_once(answer.status, start["headers"], answer.body):
            await self._send(start)
            await self._send(body)
        self.ended = True

    async def answer(self, answer: Answer) -> None:
        """Send an error's answer, unless one has begun: then only cutting it off is honest.

        The server closes the connection of an answer that was begun and not completed. One that
        has ended is whole: the web framework answers a route's fault itself, then raises it.
        """
        if self.ended:
            return
        if self.begun:
            _log.warning("answer_cut_off", request_id=self._request_id)
            return
        await send_answer(answer, self)
