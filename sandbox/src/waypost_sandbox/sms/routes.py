"""The HTTP shape of text messages."""

from __future__ import annotations

from functools import partial

from waypost_sandbox.shapes.rows import show_row
from waypost_sandbox.sms import hooks, numbers, reading, sending
from waypost_sandbox.webhooks.pinging import answer_after_ping
from waypost_sandbox.wire.answer import Answer, answer_data, answer_nothing
from waypost_sandbox.wire.call import Call
from waypost_sandbox.wire.pages import Paging, answer_counted, answer_simple
from waypost_sandbox.wire.refusals import refuse_not_found
from waypost_sandbox.wire.routes import Route
from waypost_sandbox.world.things import Json

_READ = ("sms_read", "sms_full")
_FULL = ("sms_full",)


def _find(call: Call, kind: str, parameter: str) -> Json:
    return call.account.rows(kind)[call.params[parameter]]


def send(call: Call) -> Answer:
    """Take a message; the answer is empty, its id is in a header."""
    body = call.read_object()
    sending.check_sms(call.account, body)
    message = sending.send_sms(call.account, body)
    answer = answer_nothing(202)
    answer.headers["x-sms-message-id"] = message["id"]
    if message["paused"]:
        answer.headers["x-sms-send-paused"] = "true"
    return answer


def list_messages(call: Call) -> Answer:
    """List messages, oldest first."""
    rows = list(call.account.rows(sending.MESSAGES).values())
    return answer_counted(call, rows, reading.show_message_row)


def get_message(call: Call) -> Answer:
    """Show one message."""
    row = _find(call, sending.MESSAGES, "sms_message_id")
    return answer_data(reading.show_message(call.account, row))


def list_activity(call: Call) -> Answer:
    """List what happened to texts."""
    rows = reading.list_activity(call.account, call.read_query())
    return answer_simple(call, rows, reading.show_activity)


def list_numbers(call: Call) -> Answer:
    """List the account's numbers; real answers hold 15 when no limit is given."""
    rows = numbers.list_numbers(call.account, call.read_query())
    return answer_counted(call, rows, numbers.show_number, Paging(per_page=15))


def get_number(call: Call) -> Answer:
    """Show one number."""
    return answer_data(numbers.show_number(_find(call, numbers.NUMBERS, "sms_number_id")))


def change_number(call: Call) -> Answer:
    """Pause a number, or let it and what it kept go."""
    row = _find(call, numbers.NUMBERS, "sms_number_id")
    numbers.pause_number(row, call.read_object())
    if not row["paused"]:
        sending.release_number(call.account, row)
    return get_number(call)


def remove_number(call: Call) -> Answer:
    """Give a number up."""
    numbers.delete_number(call.account, call.params["sms_number_id"])
    return answer_nothing()


def list_recipients(call: Call) -> Answer:
    """List recipients."""
    rows = numbers.list_recipients(call.account, call.read_query())
    show = partial(show_row, shape=numbers.RECIPIENT_SHAPE)
    return answer_simple(call, rows, show, Paging(per_page_as_given=True))


def get_recipient(call: Call) -> Answer:
    """Show one recipient."""
    row = _find(call, numbers.RECIPIENTS, "sms_recipient_id")
    return answer_data(numbers.show_recipient(call.account, row))


def change_recipient(call: Call) -> Answer:
    """Opt a recipient out or in; the answer is the plain row."""
    row = _find(call, numbers.RECIPIENTS, "sms_recipient_id")
    numbers.update_recipient(call.account, row, call.read_object())
    return answer_data(show_row(row, numbers.RECIPIENT_SHAPE))


def list_webhooks(call: Call) -> Answer:
    """List a number's webhooks."""
    rows = hooks.list_webhooks(call.account, call.read_query())
    return answer_counted(call, rows, partial(hooks.show_webhook, call.account))


def add_webhook(call: Call) -> Answer:
    """Add a webhook, once its address has answered a ping."""
    account, body = call.account, call.read_object()
    hooks.check_new_webhook(account, body)

    def save() -> Answer:
        row = hooks.create_webhook(account, body)
        return answer_data(hooks.show_webhook(account, row), 201)

    return answer_after_ping(
        account, body["url"], lambda: hooks.check_new_webhook(account, body), save
    )


def get_webhook(call: Call) -> Answer:
    """Show one webhook."""
    row = _find(call, hooks.WEBHOOKS, "sms_webhook_id")
    return answer_data(hooks.show_webhook(call.account, row))


def change_webhook(call: Call) -> Answer:
    """Change one webhook; a new address must answer a ping first."""
    account, body = call.account, call.read_object()
    row = _find(call, hooks.WEBHOOKS, "sms_webhook_id")
    hooks.check_changed_webhook(body)

    def check_again() -> None:
        if row["id"] not in account.rows(hooks.WEBHOOKS):
            raise refuse_not_found()

    def save() -> Answer:
        hooks.update_webhook(account, row, body)
        return answer_data(hooks.show_webhook(account, row))

    moved_to = body.get("url") if body.get("url") != row.get("url") else None
    return answer_after_ping(account, moved_to, check_again, save)


def remove_webhook(call: Call) -> Answer:
    """Delete one webhook."""
    del call.account.rows(hooks.WEBHOOKS)[call.params["sms_webhook_id"]]
    return answer_nothing()


def list_inbounds(call: Call) -> Answer:
    """List routes for received messages."""
    rows = hooks.list_inbounds(call.account, call.read_query())
    return answer_counted(call, rows, hooks.show_inbound)


def add_inbound(call: Call) -> Answer:
    """Add a route."""
    row = hooks.create_inbound(call.account, call.read_object())
    return answer_data(hooks.show_inbound(row), 201)


def get_inbound(call: Call) -> Answer:
    """Show one route; only here its number is shown."""
    row = _find(call, hooks.INBOUNDS, "sms_inbound_id")
    shown = {
        **hooks.show_inbound(row),
        "sms_number": numbers.show_number_of(call.account, row),
    }
    return answer_data(shown)


def change_inbound(call: Call) -> Answer:
    """Change one route."""
    row = _find(call, hooks.INBOUNDS, "sms_inbound_id")
    hooks.update_inbound(call.account, row, call.read_object())
    return answer_data(hooks.show_inbound(row))


def remove_inbound(call: Call) -> Answer:
    """Delete one route."""
    del call.account.rows(hooks.INBOUNDS)[call.params["sms_inbound_id"]]
    return answer_nothing()


def _bind(parameter: str, kind: str) -> dict[str, str]:
    return {parameter: f"shelf.{kind}"}


_MESSAGE = "/sms-messages/{sms_message_id}"
_MESSAGE_BIND = _bind("sms_message_id", sending.MESSAGES)
_NUMBER = "/sms-numbers/{sms_number_id}"
_NUMBER_BIND = _bind("sms_number_id", numbers.NUMBERS)
_RECIPIENT = "/sms-recipients/{sms_recipient_id}"
_RECIPIENT_BIND = _bind("sms_recipient_id", numbers.RECIPIENTS)
_WEBHOOK = "/sms-webhooks/{sms_webhook_id}"
_WEBHOOK_BIND = _bind("sms_webhook_id", hooks.WEBHOOKS)
_INBOUND = "/sms-inbounds/{sms_inbound_id}"
_INBOUND_BIND = _bind("sms_inbound_id", hooks.INBOUNDS)
ROUTES = (
    Route(method="POST", path="/sms", act=send, scopes=_FULL),
    Route(method="GET", path="/sms-activity", act=list_activity, scopes=_READ),
    Route(method="GET", path="/sms-messages", act=list_messages, scopes=_READ),
    Route(method="GET", path=_MESSAGE, act=get_message, scopes=_READ, binds=_MESSAGE_BIND),
    Route(method="GET", path="/sms-numbers", act=list_numbers, scopes=_READ),
    Route(method="GET", path=_NUMBER, act=get_number, scopes=_READ, binds=_NUMBER_BIND),
    Route(method="PUT", path=_NUMBER, act=change_number, scopes=_FULL, binds=_NUMBER_BIND),
    Route(method="DELETE", path=_NUMBER, act=remove_number, scopes=_FULL, binds=_NUMBER_BIND),
    Route(method="GET", path="/sms-recipients", act=list_recipients, scopes=_READ),
    Route(method="GET", path=_RECIPIENT, act=get_recipient, scopes=_READ, binds=_RECIPIENT_BIND),
    Route(method="PUT", path=_RECIPIENT, act=change_recipient, scopes=_FULL, binds=_RECIPIENT_BIND),
    Route(method="GET", path="/sms-webhooks", act=list_webhooks, scopes=_READ),
    Route(method="POST", path="/sms-webhooks", act=add_webhook, scopes=_FULL),
    Route(method="GET", path=_WEBHOOK, act=get_webhook, scopes=_READ, binds=_WEBHOOK_BIND),
    Route(method="PUT", path=_WEBHOOK, act=change_webhook, scopes=_FULL, binds=_WEBHOOK_BIND),
    Route(method="DELETE", path=_WEBHOOK, act=remove_webhook, scopes=_FULL, binds=_WEBHOOK_BIND),
    Route(method="GET", path="/sms-inbounds", act=list_inbounds, scopes=_READ),
    Route(method="POST", path="/sms-inbounds", act=add_inbound, scopes=_FULL),
    Route(method="GET", path=_INBOUND, act=get_inbound, scopes=_READ, binds=_INBOUND_BIND),
    Route(method="PUT", path=_INBOUND, act=change_inbound, scopes=_FULL, binds=_INBOUND_BIND),
    Route(method="DELETE", path=_INBOUND, act=remove_inbound, scopes=_FULL, binds=_INBOUND_BIND),
)
