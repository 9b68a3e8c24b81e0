"""The HTTP shape of inbound routes."""

from __future__ import annotations

from waypost_sandbox.inbound_routes.state import (
    KIND,
    create_inbound,
    list_inbounds,
    show_inbound,
    update_inbound,
)
from waypost_sandbox.wire.answer import Answer, answer_data, answer_nothing
from waypost_sandbox.wire.call import Call
from waypost_sandbox.wire.pages import Paging, answer_counted
from waypost_sandbox.wire.routes import Route
from waypost_sandbox.world.things import Json

_SCOPES = ("inbounds_full",)
_BIND = {"inbound_id": f"shelf.{KIND}"}
# Real answers hold 10 rows when no limit is given.
_PAGING = Paging(per_page=10)


def _find(call: Call) -> Json:
    return call.account.rows(KIND)[call.params["inbound_id"]]


def list_all(call: Call) -> Answer:
    """List routes."""
    return answer_counted(
        call, list_inbounds(call.account, call.read_query()), show_inbound, _PAGING
    )


def add_inbound(call: Call) -> Answer:
    """Add a route."""
    return answer_data(show_inbound(create_inbound(call.account, call.read_object())), 201)


def get_inbound(call: Call) -> Answer:
    """Show one route."""
    return answer_data(show_inbound(_find(call)))


def change_inbound(call: Call) -> Answer:
    """Change one route."""
    update_inbound(_find(call), call.read_object())
    return get_inbound(call)


def remove_inbound(call: Call) -> Answer:
    """Delete one route."""
    del call.account.rows(KIND)[_find(call)["id"]]
    return answer_nothing()


_ONE = "/inbound/{inbound_id}"
ROUTES = (
    Route(method="GET", path="/inbound", act=list_all, scopes=_SCOPES),
    Route(method="POST", path="/inbound", act=add_inbound, scopes=_SCOPES, is_throttled=True),
    Route(method="GET", path=_ONE, act=get_inbound, scopes=_SCOPES, binds=_BIND),
    Route(method="PUT", path=_ONE, act=change_inbound, scopes=_SCOPES, binds=_BIND),
    Route(method="DELETE", path=_ONE, act=remove_inbound, scopes=_SCOPES, binds=_BIND),
)
