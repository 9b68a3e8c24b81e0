"""GET /unified/email/messages/{id}/timeline: one message's life, oldest first."""

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import unquote

from waypost.base.asgi import Answer, PlainRequest, json_answer
from waypost.base.clock import iso
from waypost.base.database import Database
from waypost.base.errors import InvalidRequest, MethodNotSupported, NotFound
from waypost.features.timeline.store import find_message
from waypost.kernel.environments import Caller
from waypost.kernel.events import Event, Events

PATH = re.compile(r"email/messages/([^/]+)/timeline/?")
_ABOUT = ("integrated_account_id", "tenant_id", "integration", "provider_event_id", "raw")


class Timeline:
    """Tell the life of a message, by our id of its send or by the provider's id of it."""

    def __init__(
        self, database: Database, events: Events, flush: Callable[[], Awaitable[None]]
    ) -> None:
        self._database = database
        self._events = events
        self._flush = flush

    async def __call__(self, request: PlainRequest, caller: Caller, tail: str) -> Answer:
        """Serve one request; raises NotFound when neither a send nor an event has this id."""
        found = PATH.fullmatch(tail)
        if found is None:
            raise NotFound("There is no such path.")
        if request.method not in ("GET", "HEAD"):
            raise MethodNotSupported("A timeline is read only.")
        if caller.environment_id is None:
            raise InvalidRequest("A timeline is read with a token of its environment.")
        identifier = unquote(found.group(1))
        return json_answer(200, await self.read(caller, identifier))

    async def read(self, caller: Caller, identifier: str) -> dict[str, Any]:
        """Return a message's life; an account's token sees its own account's messages only."""
        assert caller.environment_id is not None
        await self._flush()  # how a send ended is written a moment after its answer
        async with self._database.read() as connection:
            send = await find_message(connection, caller.environment_id, identifier)
        message_id = (send or {}).get("message_id") or identifier
        events = await self._events.about(caller.environment_id, message_id)
        if caller.account_id is not None:
            send = send if send and send["account_id"] == caller.account_id else None
            events = [each for each in events if _account(each) == caller.account_id]
        if send is None and not events:
            raise NotFound("There is no message with this id, neither sent nor heard of.")
        steps = [*_of_send(send), *map(_of_event, events)]
        return {
            "message_id": message_id,
            "send_id": send["id"] if send else None,
            "integrated_account_id": send["account_id"] if send else _account(events[0]),
            "result": sorted(steps, key=lambda step: str(step["at"])),
        }


def _account(event: Event) -> Any:
    return event.payload.get("integrated_account_id")


def _of_send(send: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """Return what we did: when it was written down, and how the attempts at sending ended."""
    if send is None:
        return []
    written = {"at": iso(send["created_at"]), "type": "send.written", "source": "waypost"}
    ended = {
        "at": iso(send["updated_at"]),
        "type": f"send.{send['state']}",
        "source": "waypost",
        "attempts": send["attempts"],
        "http_status_code": send["http_status"],
        "reason": send["reason"],
        "note": send["note"],
    }
    return [written] if send["state"] == "pending" else [written, ended]


def _of_event(event: Event) -> dict[str, Any]:
    said = {name: value for name, value in event.payload.items() if name not in _ABOUT}
    at = said.pop("occurred_at", None)
    said.pop("message_id", None)
    return {
        "at": _moment(at) or iso(event.created_at),
        "heard_at": iso(event.created_at),
        "type": event.type,
        "source": event.payload.get("integration", "waypost"),
        "event_id": event.id,
        **said,
    }


def _moment(at: Any) -> str | None:
    """Return a provider's moment with milliseconds, as ours are written, so that they sort."""
    found = re.fullmatch(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?Z", at) if at else None
    return f"{found.group(1)}.{(found.group(2) or '').ljust(3, '0')[:3]}Z" if found else None


__all__ = ["PATH", "Timeline"]
