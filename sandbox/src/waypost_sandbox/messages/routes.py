"""The HTTP shape of messages."""

from __future__ import annotations

from waypost_sandbox.shapes.domain import show_embedded
from waypost_sandbox.wire.answer import Answer, answer_data
from waypost_sandbox.wire.call import Call
from waypost_sandbox.wire.pages import answer_simple
from waypost_sandbox.wire.routes import Route
from waypost_sandbox.wire.times import write_time
from waypost_sandbox.world.account import Account
from waypost_sandbox.world.things import Email, Json, Message

# Which scopes these take is unknown (GUESS).
_SCOPES = ("email_full", "activity_read", "activity_full")


def show_row(message: Message) -> Json:
    """Show a message in a list: its id and times only."""
    return {
        "id": message.id,
        "created_at": write_time(message.created_at),
        "updated_at": write_time(message.updated_at),
    }


def _show_email(email: Email) -> Json:
    return {
        "id": email.id,
        "from": email.sender,
        "subject": email.subject,
        "text": email.text if email.shows_content else None,
        "html": email.html if email.shows_content else None,
        "template_id": email.template_id,
        "status": email.status,
        "tags": email.tags,
        "created_at": write_time(email.created_at),
        "updated_at": write_time(email.updated_at),
        "headers": email.headers,
    }


def _show_message(account: Account, message: Message) -> Json:
    domain = account.domains.get(message.domain_id)
    return {
        **show_row(message),
        "emails": [
            _show_email(account.emails[email_id])
            for email_id in message.email_ids
            if email_id in account.emails
        ],
        "domain": show_embedded(domain) if domain else None,
    }


def list_messages(call: Call) -> Answer:
    """List messages; real answers have no clear order, ours is that of acceptance."""
    return answer_simple(call, list(call.account.messages.values()), show_row)


def get_message(call: Call) -> Answer:
    """Show one message with its emails."""
    message = call.account.messages[call.params["message_id"]]
    return answer_data(_show_message(call.account, message))


ROUTES = (
    Route(method="GET", path="/messages", act=list_messages, scopes=_SCOPES),
    Route(
        method="GET",
        path="/messages/{message_id}",
        act=get_message,
        scopes=_SCOPES,
        binds={"message_id": "messages"},
    ),
)
