"""A few bytes that say whether anything is new, asked for every second."""

from __future__ import annotations

from typing import Any

from waypost_sandbox.control.clock import show_clock
from waypost_sandbox.world.account import Account
from waypost_sandbox.world.things import Json
from waypost_sandbox.world.universe import Universe


def show_pulse(universe: Universe, account: Account) -> Json:
    """Show counts and stamps; a stamp that changed means that its list did."""
    uses = sum(fault.times or 0 for fault in account.faults)
    mail = (account.messages, account.emails, account.letters, account.activities)
    return {
        "account_id": account.id,
        "accounts": len(universe.accounts),
        **show_clock(account),
        "counts": {
            "emails": len(account.emails),
            "calls": account.call_count,
            "faults": len(account.faults),
            "webhooks": len(account.deliveries),
        },
        "stamps": {
            "emails": "/".join(_stamp(table) for table in mail),
            "calls": f"{account.call_count}/{len(account.calls)}",
            "faults": f"{len(account.faults)}/{uses}",
            "webhooks": _stamp(account.deliveries) + "/" + "".join(_last_attempts(account)),
        },
    }


def _stamp(table: dict[str, Any]) -> str:
    # Things are put at the end, so a count and the last key tell of most changes.
    return f"{len(table)}:{next(reversed(table), '')}"


def _last_attempts(account: Account) -> list[str]:
    """Name the states of the newest calls to webhooks, which change without a new one."""
    newest = [key for _, key in zip(range(50), reversed(account.deliveries), strict=False)]
    held = [account.deliveries[key] for key in newest]
    return [f"{each.state[0]}{len(each.attempts)}" for each in held]
