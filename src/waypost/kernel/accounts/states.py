"""The five states of an account, and what moves it from one to another."""

from typing import Literal

Status = Literal["connecting", "active", "post_install_error", "validation_error", "needs_reauth"]
STATUSES: tuple[Status, ...] = (
    "connecting",
    "active",
    "post_install_error",
    "validation_error",
    "needs_reauth",
)

Verdict = Literal["validated", "post_install_failed", "validation_failed"]
"""What the checks of a connecting account say."""

Cause = Literal[Verdict, "reconnected", "unauthorized", "served"]
"""reconnected: new credentials were given, checks begin. served: the provider accepted a call."""

TRANSITIONS: dict[tuple[Status, Cause], Status] = {
    **{(status, "reconnected"): "connecting" for status in STATUSES},
    ("connecting", "validated"): "active",
    ("connecting", "post_install_failed"): "post_install_error",
    ("connecting", "validation_failed"): "validation_error",
    ("active", "unauthorized"): "needs_reauth",
    ("needs_reauth", "served"): "active",
}
"""Every change there is; whatever is not here leaves the status as it is.

A failed or connecting account stays what it is when a call is refused or served: only its checks
say whether it becomes active.
"""

EVENTS: dict[tuple[Status, Cause], str] = {
    ("connecting", "validated"): "integrated_account:active",
    ("connecting", "post_install_failed"): "integrated_account:post_install_error",
    ("connecting", "validation_failed"): "integrated_account:validation_error",
    ("active", "unauthorized"): "integrated_account:authentication_error",
    ("needs_reauth", "served"): "integrated_account:reactivated",
    **{(status, "reconnected"): "integrated_account:updated" for status in STATUSES},
}


def next_status(status: Status, cause: Cause) -> Status:
    """Return the status after `cause`."""
    return TRANSITIONS.get((status, cause), status)


def sources(cause: Cause) -> tuple[Status, ...]:
    """Return the statuses that `cause` changes; a compare-and-set asks for one of them."""
    return tuple(status for (status, each) in TRANSITIONS if each == cause)


def can_call(status: Status) -> bool:
    """Say whether the account's owner has linked it well enough for customers' calls.

    needs_reauth is tried all the same: a success reactivates it.
    """
    return status in ("active", "needs_reauth")
