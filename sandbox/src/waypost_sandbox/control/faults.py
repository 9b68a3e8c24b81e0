"""Faults: trouble made on purpose, for chosen requests and a number of times."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Any

from waypost_sandbox.control.refusals import refuse_control
from waypost_sandbox.wire.answer import JSON_TYPE, Answer, write_compact
from waypost_sandbox.wire.call import Call
from waypost_sandbox.world.account import Account
from waypost_sandbox.world.things import Fault, Json

KEYS = (
    "method",
    "path",
    "times",
    "status",
    "delay_ms",
    "drop",
    "body",
    "content_type",
    "headers",
    "takes_effect",
)


def find_fault(call: Call) -> Fault | None:
    """Return the first fault that matches, and use it up by one."""
    for fault in call.account.faults:
        if _matches(fault, call):
            if fault.times is not None:
                fault.times -= 1
                if fault.times <= 0:
                    call.account.faults.remove(fault)
            return fault
    return None


def _matches(fault: Fault, call: Call) -> bool:
    if fault.method not in ("*", call.method):
        return False
    return any(fnmatchcase(path, fault.path) for path in (call.path, f"/v1{call.path}"))


def shape_fault(fault: Fault, answer: Answer) -> Answer:
    """Lay what the fault says over an answer."""
    if fault.status is not None:
        answer.status = fault.status
    if fault.has_body:
        is_text = isinstance(fault.body, str)
        answer.body = fault.body.encode() if is_text else write_compact(fault.body)
        answer.content_type = answer.content_type or JSON_TYPE
    if fault.content_type is not None:
        answer.content_type = fault.content_type
    answer.headers.update(fault.headers)
    return answer


def add_faults(account: Account, payload: Any) -> None:
    """Add faults, all of them or none."""
    items = payload if isinstance(payload, list) else [payload]
    account.faults.extend([_read_fault(place, item) for place, item in enumerate(items)])


def _read_fault(place: int, item: Any) -> Fault:
    if not isinstance(item, dict):
        raise refuse_control(f"fault {place} must be an object")
    unknown = [key for key in item if key not in KEYS]
    if unknown:
        raise refuse_control(f"fault {place} has unknown key {unknown[0]!r}", unknown[0], KEYS)
    if item.get("drop") not in (None, "before", "after"):
        raise refuse_control(f"fault {place}: drop must be 'before' or 'after'")
    status = item.get("status")
    if status is not None and not (isinstance(status, int) and 100 <= status <= 599):
        raise refuse_control(f"fault {place}: status must be a number from 100 to 599")
    times = item.get("times", 1)
    if times is not None and (not isinstance(times, int) or times < 1):
        raise refuse_control(f"fault {place}: times must be 1 or more, or null for always")
    delay, headers = item.get("delay_ms") or 0, item.get("headers") or {}
    if not isinstance(delay, int) or delay < 0:
        raise refuse_control(f"fault {place}: delay_ms must be a number, 0 or more")
    if not isinstance(headers, dict):
        raise refuse_control(f"fault {place}: headers must be an object")
    return Fault(
        method=str(item.get("method") or "*").upper(),
        path=str(item.get("path") or "*"),
        times=times,
        status=status,
        delay_ms=delay,
        drop=item.get("drop"),
        body=item.get("body"),
        has_body="body" in item,
        content_type=item.get("content_type"),
        headers={str(name).lower(): str(v) for name, v in headers.items()},
        takes_effect=item.get("takes_effect") is True,
    )


def show_fault(fault: Fault) -> Json:
    """Show a fault that is still set."""
    return {
        "method": fault.method,
        "path": fault.path,
        "times": fault.times,
        "status": fault.status,
        "delay_ms": fault.delay_ms,
        "drop": fault.drop,
        "body": fault.body,
        "content_type": fault.content_type,
        "headers": fault.headers,
        "takes_effect": fault.takes_effect,
    }
