"""Freeze, turn and resume an account's clock."""

from __future__ import annotations

from typing import Any

from waypost_sandbox.control.refusals import refuse_control
from waypost_sandbox.due import settle
from waypost_sandbox.wire.times import parse_moment
from waypost_sandbox.world.account import Account
from waypost_sandbox.world.things import Json

KEYS = ("now", "advance")
LONGEST_ADVANCE = 10 * 366 * 86_400
YEARS = range(1990, 2200)


def turn_clock(account: Account, payload: Any) -> Json:
    """Do what the call says to the clock, then everything that became due."""
    if not isinstance(payload, dict) or not payload:
        raise refuse_control("say {'now': time or null} or {'advance': seconds}")
    for key in payload:
        if key not in KEYS:
            raise refuse_control(f"unknown key {key!r}", key, KEYS)
    if "now" in payload:
        set_now(account, payload["now"])
    if "advance" in payload:
        seconds = payload["advance"]
        if isinstance(seconds, bool) or not isinstance(seconds, int | float):
            raise refuse_control("advance must be a number of seconds")
        if not 0 <= seconds <= LONGEST_ADVANCE:
            raise refuse_control("advance goes forward, and no more than ten years at a time")
        account.clock.advance(seconds)
    return {**show_clock(account), "settled": settle(account)}


def set_now(account: Account, value: Any) -> None:
    """Freeze the clock at a time, or let it run again on null."""
    if value is None:
        account.clock.resume()
        return
    moment = parse_moment(value)
    if moment is None or moment.year not in YEARS:
        raise refuse_control("now must be an ISO 8601 time, Unix seconds, or null")
    account.clock.freeze(moment)


def show_clock(account: Account) -> Json:
    """Show what time it is for the account."""
    now = account.clock.now()
    return {"now": now.isoformat(timespec="milliseconds"), "frozen": account.clock.frozen}
