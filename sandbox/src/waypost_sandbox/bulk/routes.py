"""The HTTP shape of bulk sends."""

from __future__ import annotations

from waypost_sandbox.bulk.state import show_bulk, take_bulk
from waypost_sandbox.wire.answer import Answer, answer_data, answer_json
from waypost_sandbox.wire.call import Call
from waypost_sandbox.wire.routes import Route

_SCOPES = ("email_full",)


def add_bulk(call: Call) -> Answer:
    """Take a bulk send."""
    bulk = take_bulk(call.account, call.token, call.read_json())
    message = "The bulk email is being processed."
    return answer_json({"message": message, "bulk_email_id": bulk.id}, 202)


def get_bulk(call: Call) -> Answer:
    """Show a bulk send's progress."""
    return answer_data(show_bulk(call.account.bulks[call.params["bulk_email_id"]]))


ROUTES = (
    Route(method="POST", path="/bulk-email", act=add_bulk, scopes=_SCOPES, rate="bulk"),
    Route(
        method="GET",
        path="/bulk-email/{bulk_email_id}",
        act=get_bulk,
        scopes=_SCOPES,
        binds={"bulk_email_id": "bulks"},
    ),
)
