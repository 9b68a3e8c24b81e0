"""The HTTP shape of DMARC monitoring."""

from __future__ import annotations

from functools import partial

from waypost_sandbox.dmarc.state import (
    MONITORS,
    count_sources,
    create_monitor,
    list_addresses,
    list_monitors,
    list_sources_of,
    set_favorite,
    show_monitor,
    update_monitor,
)
from waypost_sandbox.wire.answer import Answer, answer_data, answer_nothing
from waypost_sandbox.wire.call import Call
from waypost_sandbox.wire.pages import Paging, answer_counted
from waypost_sandbox.wire.routes import Route
from waypost_sandbox.world.things import Json

_READ = ("dmarc_monitoring_read", "dmarc_monitoring_full")
_FULL = ("dmarc_monitoring_full",)
_BIND = {"monitor_id": f"shelf.{MONITORS}"}
_PAGING = Paging(min_limit=1)


def _find(call: Call) -> Json:
    return call.account.rows(MONITORS)[call.params["monitor_id"]]


def list_all(call: Call) -> Answer:
    """List monitors."""
    rows = list_monitors(call.account, call.read_query())
    return answer_counted(call, rows, partial(show_monitor, call.account), _PAGING)


def add_monitor(call: Call) -> Answer:
    """Watch a domain."""
    row = create_monitor(call.account, call.read_object())
    return answer_data(show_monitor(call.account, row), 201)


def change_monitor(call: Call) -> Answer:
    """Change the wanted record."""
    row = _find(call)
    update_monitor(call.account, row, call.read_object())
    return answer_data(show_monitor(call.account, row))


def remove_monitor(call: Call) -> Answer:
    """Stop watching a domain."""
    del call.account.rows(MONITORS)[call.params["monitor_id"]]
    return answer_nothing()


def show_report(call: Call) -> Answer:
    """List a report by sending address."""
    rows = list_addresses(call.account, _find(call), call.read_query())
    return answer_counted(call, rows, lambda row: row, _PAGING)


def show_address_report(call: Call) -> Answer:
    """List what receivers said of one sending address."""
    rows = list_sources_of(call.account, _find(call), call.params["ip"], call.read_query())
    return answer_counted(call, rows, lambda row: row, _PAGING)


def show_report_sources(call: Call) -> Answer:
    """Count reports by who sent them."""
    return answer_data(count_sources(call.account, _find(call), call.read_query()))


def mark(call: Call, *, is_favorite: bool) -> Answer:
    """Mark or unmark a sending address; that the answer is empty is a GUESS."""
    set_favorite(_find(call), call.params["ip"], is_favorite=is_favorite)
    return answer_nothing(200)


_ALL = "/dmarc-monitoring"
_ONE = f"{_ALL}/{{monitor_id}}"
_FAVORITE = f"{_ONE}/favorite/{{ip}}"
ROUTES = (
    Route(method="GET", path=_ALL, act=list_all, scopes=_READ),
    Route(method="POST", path=_ALL, act=add_monitor, scopes=_FULL),
    Route(method="PUT", path=_ONE, act=change_monitor, scopes=_FULL, binds=_BIND),
    Route(method="DELETE", path=_ONE, act=remove_monitor, scopes=_FULL, binds=_BIND),
    Route(method="GET", path=f"{_ONE}/report", act=show_report, scopes=_READ, binds=_BIND),
    Route(
        method="GET",
        path=f"{_ONE}/report/{{ip}}",
        act=show_address_report,
        scopes=_READ,
        binds=_BIND,
    ),
    Route(
        method="GET",
        path=f"{_ONE}/report-sources",
        act=show_report_sources,
        scopes=_READ,
        binds=_BIND,
    ),
    Route(
        method="PUT",
        path=_FAVORITE,
        act=partial(mark, is_favorite=True),
        scopes=_FULL,
        binds=_BIND,
    ),
    Route(
        method="DELETE",
        path=_FAVORITE,
        act=partial(mark, is_favorite=False),
        scopes=_FULL,
        binds=_BIND,
    ),
)
