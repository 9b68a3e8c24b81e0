"""The HTTP shape of email verification."""

from __future__ import annotations

from waypost_sandbox.verification import errors
from waypost_sandbox.verification.state import (
    LISTS,
    SINGLES,
    create_list,
    list_results,
    show_list,
    show_single,
    start_list,
    verify_later,
    verify_now,
)
from waypost_sandbox.wire.answer import Answer, answer_data, answer_json
from waypost_sandbox.wire.call import Call
from waypost_sandbox.wire.check import Check
from waypost_sandbox.wire.pages import Paging, answer_simple
from waypost_sandbox.wire.routes import Route
from waypost_sandbox.world.things import Json

_READ = ("email_verification_read", "email_verification_full")
_FULL = ("email_verification_full",)
_BIND = {"list_id": f"shelf.{LISTS}"}


def _find(call: Call) -> Json:
    return call.account.rows(LISTS)[call.params["list_id"]]


def verify_one(call: Call) -> Answer:
    """Verify one address at once; the answer is not wrapped in `data`."""
    return answer_json({"status": verify_now(call.account, call.read_object())})


def queue_one(call: Call) -> Answer:
    """Take one address to verify it soon."""
    return answer_data(show_single(verify_later(call.account, call.read_object())))


def get_one(call: Call) -> Answer:
    """Show what became of one address."""
    return answer_data(show_single(call.account.rows(SINGLES)[call.params["id"]]))


def list_lists(call: Call) -> Answer:
    """List the lists."""
    rows = list(call.account.rows(LISTS).values())
    return answer_simple(call, rows, show_list, Paging(per_page_is_text=True))


def add_list(call: Call) -> Answer:
    """Take a list of addresses."""
    return answer_data(show_list(create_list(call.account, call.read_object())), 201)


def get_list(call: Call) -> Answer:
    """Show one list."""
    check = Check(call.read_query())
    check.field("detailed").boolean()
    check.refuse_if_wrong()
    return answer_data(show_list(_find(call)))


def start(call: Call) -> Answer:
    """Start verifying a list; before its upload is done, say so with a 202."""
    row = _find(call)
    if not start_list(call.account, row):
        return answer_json({"message": errors.UPLOADING}, 202)
    return answer_data(show_list(row))


def list_list_results(call: Call) -> Answer:
    """List a list's results; the first link's odd query is as recorded."""
    rows = list_results(_find(call), call.read_query())
    paging = Paging(per_page_is_text=True, first_query="1=1")
    return answer_simple(call, rows, lambda row: row, paging)


_ALL = "/email-verification"
_ONE = f"{_ALL}/{{list_id}}"
ROUTES = (
    Route(
        method="POST",
        path=f"{_ALL}/verify",
        act=verify_one,
        scopes=_FULL,
        rate="verification",
    ),
    Route(method="POST", path=f"{_ALL}/verify-async", act=queue_one, scopes=_FULL),
    Route(
        method="GET",
        path=f"{_ALL}/verify-async/{{id}}",
        act=get_one,
        scopes=_READ,
        binds={"id": f"shelf.{SINGLES}"},
    ),
    Route(method="GET", path=_ALL, act=list_lists, scopes=_READ),
    Route(method="POST", path=_ALL, act=add_list, scopes=_FULL),
    Route(method="GET", path=_ONE, act=get_list, scopes=_READ, binds=_BIND),
    Route(method="GET", path=f"{_ONE}/verify", act=start, scopes=_FULL, binds=_BIND),
    Route(
        method="GET",
        path=f"{_ONE}/results",
        act=list_list_results,
        scopes=_READ,
        binds=_BIND,
    ),
)
