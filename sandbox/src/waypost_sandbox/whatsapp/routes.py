"""The HTTP shape of WhatsApp."""

from __future__ import annotations

from functools import partial

from waypost_sandbox.whatsapp.reading import LISTINGS, Listing, list_rows
from waypost_sandbox.whatsapp.state import check_whatsapp, send_whatsapp
from waypost_sandbox.wire.answer import Answer, answer_data, answer_nothing
from waypost_sandbox.wire.call import Call
from waypost_sandbox.wire.pages import Paging, answer_counted
from waypost_sandbox.wire.routes import Route

_READ = ("whatsapp_read", "whatsapp_full")
_PAGING = Paging(min_limit=1, max_page=100)


def send(call: Call) -> Answer:
    """Take a send; that its id is in a header, as with text messages, is a GUESS."""
    body = call.read_object()
    check_whatsapp(call.account, body)
    answer = answer_nothing(202)
    answer.headers["x-whatsapp-message-id"] = send_whatsapp(call.account, body)["id"]
    return answer


def list_kind(call: Call, listing: Listing) -> Answer:
    """List one kind."""
    rows = list_rows(call.account, listing, call.read_query())
    return answer_counted(call, rows, lambda row: row, _PAGING)


def get_row(call: Call, listing: Listing) -> Answer:
    """Show one row."""
    return answer_data(call.account.rows(listing.kind)[call.params[listing.parameter or ""]])


def _routes(listing: Listing) -> list[Route]:
    path = f"/whatsapp/{listing.path}"
    routes = [Route(method="GET", path=path, act=partial(list_kind, listing=listing), scopes=_READ)]
    if listing.parameter is not None:
        routes.append(
            Route(
                method="GET",
                path=f"{path}/{{{listing.parameter}}}",
                act=partial(get_row, listing=listing),
                scopes=_READ,
                binds={listing.parameter: f"shelf.{listing.kind}"},
            )
        )
    return routes


ROUTES = (
    Route(method="POST", path="/whatsapp/send", act=send, scopes=("whatsapp_full",)),
    *(route for listing in LISTINGS for route in _routes(listing)),
)
