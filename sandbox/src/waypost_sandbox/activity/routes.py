"""The HTTP shape of activity."""

from __future__ import annotations

from functools import partial

from waypost_sandbox.activity.state import find_activities, show_activity
from waypost_sandbox.wire.answer import Answer, answer_data
from waypost_sandbox.wire.call import Call
from waypost_sandbox.wire.pages import Paging, answer_simple
from waypost_sandbox.wire.routes import Route

_SCOPES = ("activity_read", "activity_full")


def list_activity(call: Call) -> Answer:
    """List a domain's activity, newest first."""
    rows = find_activities(call.account, call.params["domain_id"], call.read_query())
    show = partial(show_activity, call.account)
    return answer_simple(call, rows, show, Paging(max_page=1000))


def get_activity(call: Call) -> Answer:
    """Show one activity."""
    activity = call.account.activities[call.params["activity_id"]]
    return answer_data(show_activity(call.account, activity))


ROUTES = (
    Route(
        method="GET",
        path="/activity/{domain_id}",
        act=list_activity,
        scopes=_SCOPES,
        binds={"domain_id": "domains"},
        rate="activity",
    ),
    Route(
        method="GET",
        path="/activities/{activity_id}",
        act=get_activity,
        scopes=_SCOPES,
        binds={"activity_id": "activities"},
    ),
)
