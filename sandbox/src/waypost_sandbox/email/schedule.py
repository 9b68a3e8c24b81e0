"""Checks of when a send may leave."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from waypost_sandbox.email import errors
from waypost_sandbox.wire.check import Problems
from waypost_sandbox.wire.times import parse_moment
from waypost_sandbox.world.account import Account

LONGEST_AHEAD = timedelta(hours=72)


def check_send_at(problems: Problems, account: Account, value: Any) -> None:
    """Check that a send is scheduled between now and 72 hours from now."""
    if value is None or value == "":
        return
    moment = parse_moment(value)
    now = account.now()
    latest = now + LONGEST_AHEAD
    if moment is None:
        problems.add("send_at", errors.SEND_AT_NO_TIME)
    elif moment < now.replace(microsecond=0):
        problems.add("send_at", errors.SEND_AT_PAST)
    elif moment > latest:
        problems.add("send_at", errors.too_late(latest.strftime("%Y-%m-%d %H:%M:%S")))
