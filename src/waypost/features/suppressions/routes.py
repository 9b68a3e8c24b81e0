"""/suppression."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse

from waypost.base.asgi import PlainRequest
from waypost.base.errors import InvalidRequest
from waypost.features.suppressions.desk import Desk
from waypost.features.suppressions.shapes import NewSuppression, PushWish
from waypost.kernel.environments import Caller
from waypost.kernel.kernel import Kernel
from waypost.kernel.suppressions import Suppression
from waypost.kernel.suppressions.store import FILTERS
from waypost.kernel.wire import Asked, asked, lists, read_body, read_list, takes

MOST_BYTES = 20 * 1024 * 1024
_MOST_CHECKED = 100
Json = dict[str, Any]


def routes(kernel: Kernel) -> APIRouter:
    """Return the routes of suppressions."""
    router = APIRouter()
    here = _Suppressions(kernel)
    add = router.add_api_route
    kind: Json = {"tags": ["suppressions"], "response_model": None}
    path, one = "/suppression", "/suppression/{suppression_id}"
    listed, new = lists(FILTERS), takes(NewSuppression)
    add(path, here.list, methods=["GET"], openapi_extra=listed, **kind)
    add(path, here.create, methods=["POST"], status_code=201, openapi_extra=new, **kind)
    add(path + "/check", here.check, methods=["GET"], openapi_extra=_CHECK, **kind)
    add(path + "/import", here.take_in, methods=["POST"], openapi_extra=_IMPORT, **kind)
    add(path + "/export", here.export, methods=["GET"], openapi_extra=listed, **kind)
    pushed = path + "/push"
    add(pushed, here.push, methods=["GET"], openapi_extra=_PUSH, **kind)
    add(pushed, here.set_push, methods=["PUT"], openapi_extra=takes(PushWish), **kind)
    add(one, here.get, methods=["GET"], **kind)
    add(one, here.remove, methods=["DELETE"], openapi_extra=_REMOVE, **kind)
    return router


class _Suppressions:
    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._desk = Desk(kernel)

    async def list(self, request: Request) -> Json:
        """List suppressions, removed ones too; `is_active=true` shows those that hold."""
        ask = asked(request.scope)
        wanted = read_list(ask, self._kernel.cursors, "suppression", FILTERS)
        page = await self._kernel.suppressions.list(ask.environment_id, wanted.listing)
        return wanted.answer(page, Suppression.wire)

    async def get(self, request: Request, suppression_id: str) -> Json:
        """Get a suppression; once removed by whom, when and why, and where it was pushed."""
        ask = asked(request.scope)
        found = await self._kernel.suppressions.get(ask.environment_id, suppression_id)
        pushes = await self._desk.pushes.of_address(ask.environment_id, found.address)
        return {**found.wire(), "pushed": pushes}

    async def create(self, request: Request) -> Json:
        """Hold addresses, domains (`@example.com`) or patterns back."""
        ask = asked(request.scope)
        body = await read_body(request.scope, request.receive, NewSuppression)
        made = await self._desk.add(ask.environment_id, body, by=_named(ask.caller))
        return made[0].wire() if body.addresses is None else {"result": [e.wire() for e in made]}

    async def remove(self, request: Request, suppression_id: str) -> Json:
        """Remove a suppression; `why` is kept with it."""
        ask = asked(request.scope)
        environment_id, why = ask.environment_id, _one(ask, "why")
        removed = await self._kernel.suppressions.remove(
            environment_id, suppression_id, by=_named(ask.caller), why=why[:500]
        )
        return removed.wire()

    async def check(self, request: Request) -> Json:
        """Say whether an account may write to addresses, and what holds each of the others back."""
        ask = asked(request.scope)
        given = ask.query.get("address")
        addresses = [each for each in _listed(given) if isinstance(each, str) and each]
        if not addresses or len(addresses) < len(_listed(given)):
            raise InvalidRequest("'address' is missing.")
        if len(addresses) > _MOST_CHECKED:
            raise InvalidRequest(f"At most {_MOST_CHECKED} addresses are checked at once.")
        sender = ask.query.get("from")
        held = await self._desk.check(
            ask.environment_id,
            _one(ask, "integrated_account_id"),
            addresses,
            sender if isinstance(sender, str) and sender else None,
        )
        return {"is_suppressed": bool(held), "held_back": [each.wire() for each in held]}

    async def push(self, request: Request) -> Json:
        """Say what is pushed to a tenant's accounts, and how far that has come."""
        ask = asked(request.scope)
        tenant_id = await self._desk.tenant(
            ask.environment_id,
            _given(ask, "tenant_id"),
            _given(ask, "integrated_account_id"),
        )
        return await self._desk.pushed(ask.environment_id, tenant_id)

    async def set_push(self, request: Request) -> Json:
        """Say whether a tenant's suppressions are pushed to its accounts, or to one of them."""
        ask = asked(request.scope)
        body = await read_body(request.scope, request.receive, PushWish)
        return await self._desk.set_push(ask.environment_id, body, by=_named(ask.caller))

    async def take_in(self, request: Request) -> Json:
        """Import a CSV file; one wrong line refuses it whole."""
        ask = asked(request.scope)
        environment_id = ask.environment_id
        if request.headers.get("content-type", "").lower().startswith("multipart/"):
            raise InvalidRequest(
                "The file is the body itself, no form: curl's --data-binary @file."
            )
        raw = await PlainRequest(request.scope, request.receive).body(MOST_BYTES)
        tenant_id, by = _one(ask, "tenant_id"), _named(ask.caller)
        count = await self._desk.take_in(environment_id, tenant_id, raw, by=by)
        return {"imported": count}

    async def export(self, request: Request) -> StreamingResponse:
        """Export suppressions as CSV, streamed; filtered as the list is."""
        ask = asked(request.scope)
        wanted = read_list(ask, self._kernel.cursors, "suppression", FILTERS)
        lines = self._desk.lines(ask.environment_id, wanted.listing)
        headers = {"content-disposition": 'attachment; filename="suppressions.csv"'}
        return StreamingResponse(lines, media_type="text/csv", headers=headers)


def _one(ask: Asked, name: str) -> str:
    found = ask.query.get(name)
    if not isinstance(found, str) or not found.strip():
        raise InvalidRequest(f"'{name}' is missing.")
    return found.strip()


def _given(ask: Asked, name: str) -> str | None:
    found = ask.query.get(name)
    return found if isinstance(found, str) and found else None


def _listed(given: Any) -> list[Any]:
    return given if isinstance(given, list) else [given]


def _named(caller: Caller) -> str:
    return f"API token {caller.token_id}" if caller.token_id else caller.kind


def _query(*names: str) -> list[Json]:
    text = {"type": "string"}
    return [{"name": name, "in": "query", "required": True, "schema": text} for name in names]


_CHECK: Json = {
    "parameters": [
        *_query("address", "integrated_account_id"),
        {
            "name": "from",
            "in": "query",
            "description": "The sender; without it entries of every domain count.",
            "schema": {"type": "string"},
        },
    ]
}
_PUSH: Json = {
    "parameters": [
        {**each, "required": False} for each in _query("tenant_id", "integrated_account_id")
    ]
}
_REMOVE: Json = {"parameters": _query("why")}
_IMPORT: Json = {
    "parameters": _query("tenant_id"),
    "requestBody": {"required": True, "content": {"text/csv": {"schema": {"type": "string"}}}},
}
