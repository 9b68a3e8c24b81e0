"""The HTTP shape of analytics."""

from __future__ import annotations

from functools import partial

from waypost_sandbox.analytics.state import count_by_date, count_opens_by
from waypost_sandbox.wire.answer import Answer, answer_data
from waypost_sandbox.wire.call import Call
from waypost_sandbox.wire.routes import Route

_SCOPES = ("analytics_read", "analytics_full")


def show_by_date(call: Call) -> Answer:
    """Show counts by time."""
    return answer_data(count_by_date(call.account, call.read_query()))


def show_opens_by(call: Call, key: str) -> Answer:
    """Show opens by country, program or kind of device."""
    return answer_data(count_opens_by(call.account, call.read_query(), key))


ROUTES = (
    Route(method="GET", path="/analytics/date", act=show_by_date, scopes=_SCOPES),
    Route(
        method="GET",
        path="/analytics/country",
        act=partial(show_opens_by, key="country"),
        scopes=_SCOPES,
    ),
    Route(
        method="GET",
        path="/analytics/ua-name",
        act=partial(show_opens_by, key="browser"),
        scopes=_SCOPES,
    ),
    Route(
        method="GET",
        path="/analytics/ua-type",
        act=partial(show_opens_by, key="device_type"),
        scopes=_SCOPES,
    ),
)
