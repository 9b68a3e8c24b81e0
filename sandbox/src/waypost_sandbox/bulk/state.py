"""The rules of bulk sends: taken whole now, worked off a moment later."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from waypost_sandbox import ids
from waypost_sandbox.bulk import errors
from waypost_sandbox.email.accepting import accept_send
from waypost_sandbox.email.checking import check_send
from waypost_sandbox.email.people import list_addresses
from waypost_sandbox.wire.answer import RefusalError, answer_message
from waypost_sandbox.wire.check import Problems
from waypost_sandbox.wire.times import write_time
from waypost_sandbox.world.account import Account
from waypost_sandbox.world.things import Bulk, Json, Token

# Queued in the same second, completed a second later in a real sample.
PROCESSING_TAKES = timedelta(seconds=1)
MOST_ITEMS = 500
MOST_ITEMS_TRIAL = 5


def take_bulk(account: Account, token: Token | None, payload: Any) -> Bulk:
    """Take a bulk send; only the list itself is checked now."""
    if not isinstance(payload, list):
        raise RefusalError(answer_message(400, errors.MALFORMED))
    problems = Problems()
    most = MOST_ITEMS_TRIAL if account.settings.plan == "Trial" else MOST_ITEMS
    if not payload:
        problems.add("message", errors.EMPTY)
    elif len(payload) > most:
        problems.add("message", errors.TOO_MANY.format(most=most))
    for place, item in enumerate(payload):
        if not isinstance(item, dict):
            name = f"message.{place}"
            problems.add(name, errors.NOT_AN_OBJECT.format(name=name))
    if problems.found:
        raise RefusalError(problems.answer())
    now = account.now()
    bulk = Bulk(
        id=ids.make_object_id(now),
        created_at=now,
        updated_at=now,
        items=payload,
        token_id=token.id if token else None,
        total_recipients=sum(_count_recipients(item) for item in payload),
    )
    account.bulks[bulk.id] = bulk
    account.plan_work(now + PROCESSING_TAKES / 2, "begin_bulk", bulk.id)
    account.plan_work(now + PROCESSING_TAKES, "process_bulk", bulk.id)
    return bulk


def _count_recipients(item: Json) -> int:
    # An item whose people are malformed still counts, as a real sample shows.
    return max(1, len(list_addresses(item)))


def begin_bulk(account: Account, bulk_id: str) -> None:
    """Let a bulk send be in the middle of its work; the documentation implies the state."""
    bulk = account.bulks.get(bulk_id)
    if bulk is not None and bulk.state == "queued":
        bulk.state = "processing"


def process_bulk(account: Account, bulk_id: str) -> None:
    """Check and send every item; what is wrong with one does not stop the others."""
    bulk = account.bulks.get(bulk_id)
    if bulk is None:
        return
    token = account.tokens.get(bulk.token_id or "")
    for place, item in enumerate(bulk.items):
        problems = check_send(account, token, item)
        if problems.found:
            bulk.errors[f"message.{place}"] = problems.found
            continue
        accepted = accept_send(account, item)
        key = accepted.message.id if accepted.message else f"message.{place}"
        if accepted.message is not None:
            bulk.message_ids.append(accepted.message.id)
        if accepted.suppressed:
            bulk.suppressed[key] = accepted.suppressed
    bulk.items = []
    bulk.state = "completed"
    bulk.updated_at = account.now()
    account.announce("bulk_email.completed", show_bulk(bulk))


def show_bulk(bulk: Bulk) -> Json:
    """Show a bulk send's progress."""
    return {
        "id": bulk.id,
        "state": bulk.state,
        "total_recipients_count": bulk.total_recipients,
        "suppressed_recipients_count": sum(len(each) for each in bulk.suppressed.values()),
        "suppressed_recipients": bulk.suppressed or None,
        "validation_errors_count": len(bulk.errors),
        "validation_errors": bulk.errors or None,
        "messages_id": bulk.message_ids or None,
        "created_at": write_time(bulk.created_at),
        "updated_at": write_time(bulk.updated_at),
    }
