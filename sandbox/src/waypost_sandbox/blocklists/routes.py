"""The HTTP shape of blocklist monitoring."""

from __future__ import annotations

from waypost_sandbox.blocklists.state import (
    MONITORS,
    create_monitor,
    list_monitors,
    show_monitor,
    update_monitor,
)
from waypost_sandbox.wire.answer import Answer, answer_data, answer_nothing
from waypost_sandbox.wire.call import Call
from waypost_sandbox.wire.pages import Paging, answer_counted
from waypost_sandbox.wire.routes import Route
from waypost_sandbox.world.things import Json

_READ = ("blocklist_monitoring_read", "blocklist_monitoring_full")
_FULL = ("blocklist_monitoring_full",)
_BIND = {"monitor_id": f"shelf.{MONITORS}"}


def _find(call: Call) -> Json:
    return call.account.rows(MONITORS)[call.params["monitor_id"]]


def list_all(call: Call) -> Answer:
    """List monitors."""
    rows = list_monitors(call.account, call.read_query())
    return answer_counted(call, rows, show_monitor, Paging(min_limit=1))


def add_monitor(call: Call) -> Answer:
    """Watch an address."""
    return answer_data(show_monitor(create_monitor(call.account, call.read_object())), 201)


def get_monitor(call: Call) -> Answer:
    """Show one monitor."""
    return answer_data(show_monitor(_find(call)))


def change_monitor(call: Call) -> Answer:
    """Change one monitor."""
    update_monitor(call.account, _find(call), call.read_object())
    return get_monitor(call)


def remove_monitor(call: Call) -> Answer:
    """Stop watching an address."""
    del call.account.rows(MONITORS)[call.params["monitor_id"]]
    return answer_nothing()


_ALL = "/blocklist-monitoring"
_ONE = f"{_ALL}/{{monitor_id}}"
ROUTES = (
    Route(method="GET", path=_ALL, act=list_all, scopes=_READ),
    Route(method="POST", path=_ALL, act=add_monitor, scopes=_FULL),
    Route(method="GET", path=_ONE, act=get_monitor, scopes=_READ, binds=_BIND),
    Route(method="PUT", path=_ONE, act=change_monitor, scopes=_FULL, binds=_BIND),
    Route(method="DELETE", path=_ONE, act=remove_monitor, scopes=_FULL, binds=_BIND),
)
