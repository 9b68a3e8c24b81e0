"""Sending text messages: checks, personal texts, segments, and what becomes of them."""

from __future__ import annotations

import re
from datetime import timedelta

from waypost_sandbox import ids
from waypost_sandbox.shapes.rows import show_row
from waypost_sandbox.sms import errors
from waypost_sandbox.sms.codes import CODES, OPTED_OUT, failure_of
from waypost_sandbox.sms.numbers import (
    RECIPIENTS,
    SMS_SHAPE,
    ensure_recipient,
    find_own,
    is_reachable,
)
from waypost_sandbox.wire.check import Check, Field
from waypost_sandbox.wire.times import write_time
from waypost_sandbox.world.account import Account
from waypost_sandbox.world.things import Json

MESSAGES = "sms_messages"
TEXTS = "sms"
ACTIVITIES = "sms_activities"
SEND_TAKES = timedelta(milliseconds=200)
DELIVERY_TAKES = timedelta(seconds=2)
_MOST_RECIPIENTS = 50
_LONGEST = 2048
_GSM = re.compile(
    r"[@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,\-./0-9:;<=>?¡A-ZÄÖÑÜ§¿a-zäöñüà^{}\\\[~\]|€]*"
)
_VARIABLE = re.compile(r"\{\{\s*([A-Za-z]\w*)\s*\}\}")


def count_segments(text: str) -> int:
    """Count the billed segments: 160 characters each, 70 when GSM-7 lacks one of them."""
    size = 160 if _GSM.fullmatch(text) else 70
    return max(1, -(-len(text) // size))


def check_sms(account: Account, body: Json) -> None:
    """Check a text message; a strange sender fails the quota too, as recorded."""
    check = Check(body)
    sender = check.field("from").required().string()
    to = check.field("to").required().array().most_items(_MOST_RECIPIENTS)
    number = find_own(account, sender.value) if not sender.is_wrong else None
    if not sender.is_wrong and number is None:
        sender.fail(errors.invalid_number("from"))
        to.fail(errors.QUOTA)
    elif number is not None and _is_over_quota(account, number, to.value):
        to.fail(errors.QUOTA)
    for place, item in enumerate(to.value if isinstance(to.value, list) else []):
        if not is_reachable(item):
            name = f"to.{place}"
            Field(check.problems, name, item).fail(errors.invalid_number(name))
    check.field("text").required().string().longest(_LONGEST)
    _check_personalization(check, to.value)
    check.refuse_if_wrong()


def _is_over_quota(account: Account, number: Json, to: object) -> bool:
    quota = account.settings.sms_daily_quota
    if quota is None or not isinstance(to, list):
        return False
    today = write_time(account.now())[:10]
    used = sum(
        row.get("from") == number["telephone_number"] and str(row["created_at"])[:10] == today
        for row in account.rows(TEXTS).values()
    )
    return bool(used + len(to) > quota)


def _check_personalization(check: Check, to: object) -> None:
    field = check.field("personalization").array()
    recipients = to if isinstance(to, list) else []
    for place, item in enumerate(field.value if isinstance(field.value, list) else []):
        given = item if isinstance(item, dict) else {}
        name = f"personalization.{place}"
        number = Field(check.problems, f"{name}.phone_number", given.get("phone_number"))
        number.required().string()
        if not number.is_wrong and number.value not in recipients:
            number.fail(errors.NOT_A_RECIPIENT.format(name=number.name))
        data = Field(check.problems, f"{name}.data", given.get("data")).required().object()
        del data


def send_sms(account: Account, body: Json) -> Json:
    """Turn a checked message into one text per recipient; a paused number keeps them."""
    number = find_own(account, body["from"])
    if number is None:
        raise AssertionError("a message is sent only after its sender was checked")
    now = account.now()
    message: Json = {
        "id": ids.make_object_id(now),
        "from": body["from"],
        "to": list(body["to"]),
        "text": body["text"],
        "paused": bool(number.get("paused")),
        "created_at": write_time(now),
    }
    account.rows(MESSAGES)[message["id"]] = message
    for telephone_number in dict.fromkeys(body["to"]):
        _add_text(account, number, message, body, telephone_number)
    if not message["paused"]:
        account.plan_work(now + SEND_TAKES, "send_sms", message["id"])
    return message


def _add_text(account: Account, number: Json, message: Json, body: Json, to: str) -> None:
    text = _personalize(body, to)
    sms: Json = {
        **SMS_SHAPE,
        "id": ids.make_object_id(account.now()),
        "from": message["from"],
        "to": to,
        "text": text,
        "segment_count": count_segments(text),
        "created_at": message["created_at"],
        "message_id": message["id"],
        "recipient_id": ensure_recipient(account, number["id"], to)["id"],
        "sms_number_id": number["id"],
    }
    account.rows(TEXTS)[sms["id"]] = sms
    _note(account, sms, "queued")


def _personalize(body: Json, to: str) -> str:
    data: Json = {}
    for item in body.get("personalization") or []:
        if item["phone_number"] == to:
            data = item["data"]
    text: str = body["text"]
    if not body.get("personalization"):
        return text
    return _VARIABLE.sub(lambda match: str(data.get(match[1], "")), text)


def release_number(account: Account, number: Json) -> None:
    """Let the messages go that were kept while their number was paused."""
    for message in account.rows(MESSAGES).values():
        if message.get("paused") and message.get("from") == number["telephone_number"]:
            message["paused"] = False
            account.plan_work(account.now() + SEND_TAKES, "send_sms", message["id"])


def hand_over(account: Account, message_id: str) -> None:
    """Hand every text of a message to the carrier; opted-out recipients get none."""
    for sms in account.rows(TEXTS).values():
        if sms.get("message_id") != message_id or sms["status"] != "queued":
            continue
        recipient = account.rows(RECIPIENTS).get(sms["recipient_id"], {})
        if recipient.get("status") == "opt_out":
            _fail(account, sms, OPTED_OUT)
            continue
        _note(account, sms, "sent", tells=True)
        account.plan_work(account.now() + DELIVERY_TAKES, "land_sms", sms["id"])


def land_sms(account: Account, sms_id: str) -> None:
    """Let the carrier say what became of a text."""
    sms = account.rows(TEXTS).get(sms_id)
    if sms is None or sms["status"] != "sent":
        return
    code = failure_of(sms["to"])
    if code is not None:
        _fail(account, sms, code)
    else:
        _note(account, sms, "delivered", tells=True)


def _fail(account: Account, sms: Json, code: str) -> None:
    sms["error_type"], sms["error_description"] = code, CODES[code]
    _note(account, sms, "failed", tells=True)


def _note(account: Account, sms: Json, status: str, *, tells: bool = False) -> None:
    """Write a status down as an activity, and tell webhooks where one may listen."""
    sms["status"] = status
    now = account.now()
    activity_id = ids.make_object_id(now)
    account.rows(ACTIVITIES)[activity_id] = {
        "id": activity_id,
        "from": sms["from"],
        "to": sms["to"],
        "content": sms["text"],
        "created_at": write_time(now),
        "status": status,
        "sms_message_id": sms["message_id"],
        "sms_number_id": sms["sms_number_id"],
    }
    if tells:
        data = _event_data(account, sms, status, write_time(now))
        account.announce(f"sms.{status}", data, sms_number_id=sms["sms_number_id"])


def _event_data(account: Account, sms: Json, status: str, moment: str) -> Json:
    recipient = account.rows(RECIPIENTS).get(sms["recipient_id"], {})
    shown = {key: recipient.get(key) for key in ("id", "number", "status", "created_at")}
    return {
        "from": sms["from"],
        "to": sms["to"],
        "created_at": moment,
        "status": status,
        "sms_message_id": sms["message_id"],
        "sms": {**show_row(sms, SMS_SHAPE), "recipient": shown},
    }
