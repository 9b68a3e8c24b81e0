"""The rules of WhatsApp: known from client code only, so every shape here is a guess."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from waypost_sandbox import ids
from waypost_sandbox.whatsapp import errors
from waypost_sandbox.wire.check import Check, Field, Problems, is_known
from waypost_sandbox.wire.times import write_time
from waypost_sandbox.world.account import Account
from waypost_sandbox.world.things import Json

MESSAGES = "whatsapp_messages"
ITEMS = "whatsapp_items"
ACTIVITIES = "whatsapp_activities"
INBOUNDS = "whatsapp_inbound_messages"
RECIPIENTS = "whatsapp_recipients"
TEMPLATES = "whatsapp_templates"
SEND_TAKES = timedelta(milliseconds=200)
DELIVERY_TAKES = timedelta(seconds=2)
_DIGITS = re.compile(r"\d{6,15}")
_LENGTHS = {"header": 60, "body": 1024, "buttons": 2000}
_MOST = 10
# The sandbox's own convention, by a number's last four digits.
_ENDINGS = {"0001": ("delivered", "read"), "0002": ("failed",)}


def check_whatsapp(account: Account, body: Json) -> None:
    """Check a send."""
    check = Check(body)
    _check_number(check.field("from").required().string())
    to = check.field("to").required().array().most_items(_MOST)
    recipients = to.value if isinstance(to.value, list) else []
    for place, item in enumerate(recipients):
        _check_number(Field(check.problems, f"to.{place}", item).required().string())
    template = check.field("template_id").required().string()
    if not template.is_wrong and not is_known(template.value, account.rows(TEMPLATES)):
        template.fail(errors.TEMPLATE_INVALID)
    items = check.field("personalization").array().most_items(_MOST)
    for place, item in enumerate(items.value if isinstance(items.value, list) else []):
        _check_item(check.problems, f"personalization.{place}", item, recipients)
    check.refuse_if_wrong()


def _check_number(field: Field) -> None:
    if isinstance(field.value, str) and not _DIGITS.fullmatch(field.value.removeprefix("+")):
        field.fail(errors.bad_digits(field.name))


def _check_item(problems: Problems, name: str, item: Any, recipients: list[Any]) -> None:
    given = item if isinstance(item, dict) else {}
    to = Field(problems, f"{name}.to", given.get("to")).required().string()
    if not to.is_wrong and to.value not in recipients:
        to.fail(errors.NOT_A_RECIPIENT.format(name=to.name))
    data = Field(problems, f"{name}.data", given.get("data")).required().object()
    held = data.value if isinstance(data.value, dict) else {}
    for part, length in _LENGTHS.items():
        Field(problems, f"{name}.data.{part}", held.get(part)).array().each_string(length)


def send_whatsapp(account: Account, body: Json) -> Json:
    """Turn a checked send into a message with one item per recipient."""
    now = account.now()
    message: Json = {
        "id": ids.make_object_id(now),
        "from": body["from"],
        "template_id": body["template_id"],
        "created_at": write_time(now),
        "updated_at": write_time(now),
    }
    account.rows(MESSAGES)[message["id"]] = message
    for number in dict.fromkeys(body["to"]):
        _ensure_recipient(account, number)
        item: Json = {
            "id": ids.make_object_id(now),
            "whatsapp_message_id": message["id"],
            "from": body["from"],
            "recipient": number,
            "template_id": body["template_id"],
            "status": "queued",
            "created_at": write_time(now),
            "updated_at": write_time(now),
        }
        account.rows(ITEMS)[item["id"]] = item
        note_whatsapp(account, item["id"], "queued")
        account.plan_work(now + SEND_TAKES, "whatsapp:sent", item["id"])
        for place, status in enumerate(_ENDINGS.get(number[-4:], ("delivered",)), start=1):
            account.plan_work(now + DELIVERY_TAKES * place, f"whatsapp:{status}", item["id"])
    return message


def _ensure_recipient(account: Account, number: str) -> None:
    if all(row.get("phone_number") != number for row in account.rows(RECIPIENTS).values()):
        now = account.now()
        row = {
            "id": ids.make_object_id(now),
            "phone_number": number,
            "status": "active",
            "created_at": write_time(now),
        }
        account.rows(RECIPIENTS)[str(row["id"])] = row


def note_whatsapp(account: Account, item_id: str, status: str) -> None:
    """Write down what became of an item."""
    item = account.rows(ITEMS).get(item_id)
    if item is None:
        return
    now = account.now()
    item["status"], item["updated_at"] = status, write_time(now)
    activity_id = ids.make_object_id(now)
    account.rows(ACTIVITIES)[activity_id] = {
        "id": activity_id,
        "type": status,
        "whatsapp_item_id": item["id"],
        "whatsapp_message_id": item.get("whatsapp_message_id"),
        "recipient": item.get("recipient"),
        "created_at": write_time(now),
    }
