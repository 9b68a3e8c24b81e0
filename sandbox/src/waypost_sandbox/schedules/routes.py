"""The HTTP shape of scheduled messages."""

from __future__ import annotations

from waypost_sandbox.schedules.state import cancel_schedule, list_schedules, show_schedule
from waypost_sandbox.wire.answer import Answer, answer_data, answer_nothing
from waypost_sandbox.wire.call import Call
from waypost_sandbox.wire.pages import answer_counted
from waypost_sandbox.wire.routes import Route

# Which scopes these take is unknown (GUESS).
_SCOPES = ("email_full", "activity_read", "activity_full")
_FULL = ("email_full",)


def list_all(call: Call) -> Answer:
    """List scheduled messages."""
    return answer_counted(call, list_schedules(call.account, call.read_query()), lambda row: row)


def get_schedule(call: Call) -> Answer:
    """Show one; its 404 comes from the controller, with quota headers."""
    return answer_data(show_schedule(call.account, call.params["message_id"]))


def remove_schedule(call: Call) -> Answer:
    """Cancel one."""
    cancel_schedule(call.account, call.params["message_id"])
    return answer_nothing()


_ONE = "/message-schedules/{message_id}"
ROUTES = (
    Route(method="GET", path="/message-schedules", act=list_all, scopes=_SCOPES),
    Route(method="GET", path=_ONE, act=get_schedule, scopes=_SCOPES),
    Route(method="DELETE", path=_ONE, act=remove_schedule, scopes=_FULL),
)
