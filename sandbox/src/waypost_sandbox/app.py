"""The server's one door: reads a request, finds the world it is for, sends the answer."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, MutableMapping
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from waypost_sandbox.control.calls import note_answer, record_call
from waypost_sandbox.control.faults import find_fault, shape_fault
from waypost_sandbox.control.routes import answer_control, pick_accounts
from waypost_sandbox.identities.confirming import PREFIX as CONFIRMING
from waypost_sandbox.identities.confirming import answer_confirmation
from waypost_sandbox.life import MOST_BODY_BYTES, answer_call
from waypost_sandbox.page.guard import refuse_foreign
from waypost_sandbox.page.routes import PAGE, answer_page
from waypost_sandbox.resources import all_routes
from waypost_sandbox.timer import Timer
from waypost_sandbox.tracking.links import PREFIX as TRACKING
from waypost_sandbox.tracking.routes import answer_tracking
from waypost_sandbox.wire.answer import Answer, RefusalError, answer_message
from waypost_sandbox.wire.call import Call
from waypost_sandbox.wire.refusals import refuse_route
from waypost_sandbox.wire.routes import Router
from waypost_sandbox.world.things import Fault
from waypost_sandbox.world.universe import Universe

if TYPE_CHECKING:
    from waypost_sandbox.state_file import StateFile

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_LOG = logging.getLogger("waypost_sandbox")

API = "/v1"
CONTROL = "/_sandbox"
# Control calls that are answered only when what they set off has happened.
SETTLING = ("/clock", "/events")


class Sandbox:
    """Serve one universe of accounts over ASGI."""

    def __init__(self, universe: Universe, state: StateFile | None = None) -> None:
        self.universe = universe
        self.router = Router(all_routes())
        self.timer = Timer(universe, state)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection event of the ASGI server."""
        if scope["type"] != "http":
            return
        call = self._read_call(scope, await _read_body(receive))
        self.universe.changes += 1
        path: str = scope["path"]
        if path == API or path.startswith(f"{API}/"):
            await self._serve_api(call, scope, receive, send)
        elif path == "/" or path.startswith(f"{CONTROL}{PAGE}/"):
            call.path = path.removeprefix(CONTROL)
            await _send_answer(send, answer_page(self.universe, call))
        elif path.startswith(f"{TRACKING}/"):
            call.path = path
            await _send_answer(send, self._answer_tracking(call))
        elif path.startswith(f"{CONFIRMING}/"):
            call.path = path
            await _send_answer(send, answer_confirmation(self.universe, call, self.timer.turn))
        elif path == CONTROL or path.startswith(f"{CONTROL}/"):
            call.path = path.removeprefix(CONTROL) or "/"
            await _send_answer(send, refuse_foreign(call) or await self._answer_control(call))
        else:
            answer = refuse_route(path)
            answer.body = answer.body.replace(b"v1/", b"", 1)
            await _send_answer(send, answer)

    def _read_call(self, scope: Scope, body: bytes) -> Call:
        headers = {
            name.decode("latin-1").lower(): value.decode("latin-1")
            for name, value in scope["headers"]
        }
        account, token = self.universe.first, None
        scheme, _, secret = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            opened = self.universe.find_token(secret.strip())
            if opened is not None:
                account, token = opened
        host = headers.get("host", "127.0.0.1")
        return Call(
            method=scope["method"],
            path=scope["path"].removeprefix(API),
            query=parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True),
            headers=headers,
            body=body,
            client_ip=(scope.get("client") or ("127.0.0.1",))[0],
            base_url=f"{scope.get('scheme', 'http')}://{host}{API}",
            account=account,
            token=token,
        )

    def _answer_tracking(self, call: Call) -> Answer:
        answer = answer_tracking(self.universe, call, self.timer.turn)
        self.timer.turn(call.account)
        return answer

    async def _answer_control(self, call: Call) -> Answer:
        answer = answer_control(self.universe, call)
        if call.method == "POST" and call.path in SETTLING and answer.status == 200:
            for account in pick_accounts(self.universe, call, may_be_all=True):
                await self.timer.finish(account)
        return answer

    async def _serve_api(self, call: Call, scope: Scope, receive: Receive, send: Send) -> None:
        fault = find_fault(call)
        record = record_call(call, fault)
        if fault is not None and fault.delay_ms:
            await asyncio.sleep(fault.delay_ms / 1000)
        if fault is not None and fault.drop == "before":
            await _drop_connection(scope, receive)
            return
        answer = await self._answer_api(call, fault)
        note_answer(record, answer)
        if fault is not None and fault.drop == "after":
            await _drop_connection(scope, receive)
            return
        await _send_answer(send, answer)

    async def _answer_api(self, call: Call, fault: Fault | None) -> Answer:
        is_instead = fault is not None and fault.drop is None and not fault.takes_effect
        if is_instead and fault is not None and fault.status is not None:
            return shape_fault(fault, answer_message(fault.status, "Server Error"))
        try:
            answer = answer_call(call, self.router)
            if answer.pending is not None:
                answer = await _wait_for(answer, answer.pending)
            self.timer.turn(call.account)
        except Exception:  # a fault of this server's own: say so, and stay up
            _LOG.exception("%s /v1%s broke the sandbox; please report it", call.method, call.path)
            return answer_message(500, "Server Error")
        return answer if fault is None else shape_fault(fault, answer)


async def _wait_for(answer: Answer, pending: Callable[[], Awaitable[Answer]]) -> Answer:
    """Wait for the real answer, which keeps the headers that were gathered on the way."""
    try:
        found = await pending()
    except RefusalError as refusal:
        found = refusal.answer
    found.headers = {**answer.headers, **found.headers}
    return found


async def _read_body(receive: Receive) -> bytes:
    """Read a body; of one over the limit no more is kept than shows that it is."""
    chunks: list[bytes] = []
    size = 0
    while True:
        event = await receive()
        if event["type"] != "http.request":
            break
        chunk = event.get("body", b"")
        if size <= MOST_BODY_BYTES:
            chunks.append(chunk)
        size += len(chunk)
        if not event.get("more_body", False):
            break
    return b"".join(chunks)


async def _send_answer(send: Send, answer: Answer) -> None:
    start = {
        "type": "http.response.start",
        "status": answer.status,
        "headers": list(answer.wire_headers()),
    }
    await send(start)
    await send({"type": "http.response.body", "body": answer.body})


async def _drop_connection(scope: Scope, receive: Receive) -> None:
    """Close the TCP connection with no answer, and wait until it is gone."""
    scope["extensions"]["waypost.transport"].abort()
    while (await receive())["type"] != "http.disconnect":
        continue
