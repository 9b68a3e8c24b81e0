"""The HTTP shape of the API quota."""

from __future__ import annotations

from waypost_sandbox.limits import remaining_quota
from waypost_sandbox.wire.answer import Answer, answer_json
from waypost_sandbox.wire.call import Call
from waypost_sandbox.wire.routes import Route
from waypost_sandbox.wire.times import write_reset


def show_quota(call: Call) -> Answer:
    """Show the quota; not wrapped in `data`, and not counted."""
    account = call.account
    return answer_json(
        {
            "quota": account.settings.daily_quota,
            "remaining": remaining_quota(account),
            "reset": write_reset(account.now()),
        }
    )


ROUTES = (Route(method="GET", path="/api-quota", act=show_quota, is_counted=False),)
