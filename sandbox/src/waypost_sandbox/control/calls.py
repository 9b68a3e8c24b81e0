"""The record of every API request, in order."""

from __future__ import annotations

import json
from typing import Any

from waypost_sandbox.wire.answer import Answer
from waypost_sandbox.wire.call import Call
from waypost_sandbox.world.account import CALLS_KEPT
from waypost_sandbox.world.things import Fault, Json

MOST_BYTES = 64 * 1024 * 1024
LONGEST_REFUSAL = 4_000


def record_call(call: Call, fault: Fault | None) -> Json:
    """Record a request; its status is filled in when it is answered."""
    account = call.account
    account.call_count += 1
    record: Json = {
        "number": account.call_count,
        "at": account.clock.now().isoformat(),
        "method": call.method,
        "path": f"/v1{call.path}",
        "query": [list(pair) for pair in call.query],
        "headers": _redact(call.headers),
        "body": _read_body(call.body),
        "size": len(call.body),
        "token": call.token.name if call.token else None,
        "status": None,
        "fault": _name_fault(fault),
    }
    account.calls.append(record)
    account.calls_size += record["size"]
    # Bodies with attachments are large: what is kept has a limit in bytes too.
    while account.calls_size > MOST_BYTES or len(account.calls) > CALLS_KEPT:
        account.calls_size -= account.calls.popleft()["size"]
    return record


def note_answer(record: Json, answer: Answer) -> None:
    """Note how a request was answered; a refusal's words are kept, they tell what was wrong."""
    record["status"] = answer.status
    if answer.status >= 400 and len(answer.body) <= LONGEST_REFUSAL:
        record["answer"] = _read_body(answer.body)


def _redact(headers: dict[str, str]) -> dict[str, str]:
    return {
        name: "(redacted)" if name == "authorization" else value for name, value in headers.items()
    }


def _read_body(body: bytes) -> Any:
    if not body:
        return None
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return body.decode("utf-8", "replace")


def _name_fault(fault: Fault | None) -> str | None:
    if fault is None:
        return None
    if fault.drop:
        return f"drop {fault.drop}"
    return f"status {fault.status}" if fault.status else "altered"
