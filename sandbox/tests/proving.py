"""What makes a test a proof of an operation: a change that succeeded, and a read of it."""

from __future__ import annotations

import re

Entry = tuple[str, str, int]
# Control calls that change the world; the others only look at it.
_CHANGES = ("POST /seed", "POST /clock", "POST /events")


def assert_proved(operation: str, log: list[Entry]) -> None:
    """Fail unless the log holds the operation's success, with a change and a read around it."""
    method, _, template = operation.partition(" ")
    form = re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(template)))
    places = [
        place
        for place, (done, path, status) in enumerate(log)
        if done == method and form.fullmatch(path) and status < 400
    ]
    assert places, f"{operation} is said to be proved, but never succeeded here"
    if method == "GET":
        assert any(is_change(entry) for entry in log[: places[-1]]), f"nothing before {operation}"
    else:
        assert any(is_read(entry) for entry in log[places[0] + 1 :]), f"no read after {operation}"


def is_change(entry: Entry) -> bool:
    """Say whether a call changed something."""
    method, path, status = entry
    if method == "CONTROL":
        return path in _CHANGES
    return method != "GET" and status < 400


def is_read(entry: Entry) -> bool:
    """Say whether a call read something; that it is gone is an answer too."""
    method, path, status = entry
    if method == "CONTROL":
        return path.startswith("GET ")
    return method == "GET" and (status < 400 or status == 404)
