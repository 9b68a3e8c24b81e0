"""The HTTP shape of recipients."""

from __future__ import annotations

from waypost_sandbox.recipients.state import (
    delete_recipient,
    list_recipients,
    show_recipient,
    show_recipient_row,
)
from waypost_sandbox.wire.answer import Answer, answer_data, answer_nothing
from waypost_sandbox.wire.call import Call
from waypost_sandbox.wire.pages import answer_simple
from waypost_sandbox.wire.routes import Route

_READ = ("recipients_read", "recipients_full")
_BIND = {"recipient_id": "recipients"}


def list_all(call: Call) -> Answer:
    """List recipients by address."""
    rows = list_recipients(call.account, call.read_query().get("domain_id") or None)
    return answer_simple(call, rows, show_recipient_row)


def get_recipient(call: Call) -> Answer:
    """Show one recipient."""
    recipient = call.account.recipients[call.params["recipient_id"]]
    return answer_data(show_recipient(call.account, recipient))


def remove_recipient(call: Call) -> Answer:
    """Delete one recipient."""
    delete_recipient(call.account, call.account.recipients[call.params["recipient_id"]])
    return answer_nothing()


_ONE = "/recipients/{recipient_id}"
ROUTES = (
    Route(method="GET", path="/recipients", act=list_all, scopes=_READ),
    Route(method="GET", path=_ONE, act=get_recipient, scopes=_READ, binds=_BIND),
    Route(
        method="DELETE", path=_ONE, act=remove_recipient, scopes=("recipients_full",), binds=_BIND
    ),
)
