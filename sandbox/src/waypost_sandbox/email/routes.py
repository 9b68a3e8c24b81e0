"""The HTTP shape of sending an email and of looking emails up."""

from __future__ import annotations

from waypost_sandbox.email.accepting import Accepted, accept_send
from waypost_sandbox.email.checking import check_send
from waypost_sandbox.email.lookup import find_emails, show_email, show_email_row
from waypost_sandbox.wire.answer import (
    Answer,
    RefusalError,
    answer_data,
    answer_json,
    answer_nothing,
)
from waypost_sandbox.wire.call import Call
from waypost_sandbox.wire.pages import Paging, answer_simple
from waypost_sandbox.wire.routes import Route
from waypost_sandbox.world.things import Json

_READ = ("email_full", "activity_read", "activity_full")


def send_email(call: Call) -> Answer:
    """Accept one send, or say everything that is wrong with it."""
    body = call.read_object()
    problems = check_send(call.account, call.token, body)
    if problems.found:
        raise RefusalError(problems.answer())
    return _answer_accepted(accept_send(call.account, body))


def _answer_accepted(accepted: Accepted) -> Answer:
    if accepted.suppressed:
        answer = answer_json(show_warnings(accepted), 202)
    else:
        # The recorded type of this empty answer, whatever the documentation says.
        answer = answer_nothing(202)
    if accepted.message is not None:
        answer.headers["x-message-id"] = accepted.message.id
    if accepted.is_paused:
        answer.headers["x-send-paused"] = "true"
    return answer


def show_warnings(accepted: Accepted) -> Json:
    """Show who will not get the message, and why."""
    if accepted.message is None:
        kind, words = "ALL_SUPPRESSED", "All of the recipients provided have been suppressed."
    else:
        kind, words = "SOME_SUPPRESSED", "Some of the recipients have been suppressed."
    warning = {"type": kind, "warning": words, "recipients": accepted.suppressed}
    return {"message": "There are some warnings for your request.", "warnings": [warning]}


def list_emails(call: Call) -> Answer:
    """List emails, newest first, content left out."""
    rows = find_emails(call.account, call.read_query())
    paging = Paging(max_limit=1000, max_page=100, shows_current_url=True)
    return answer_simple(call, rows, lambda email: show_email_row(call.account, email), paging)


def get_email(call: Call) -> Answer:
    """Show one email with its activity."""
    return answer_data(show_email(call.account, call.account.emails[call.params["email_id"]]))


ROUTES = (
    Route(method="POST", path="/email", act=send_email, scopes=("email_full",), rate="email"),
    Route(
        method="GET",
        path="/emails",
        act=list_emails,
        scopes=_READ,
        rate="activity",
    ),
    Route(
        method="GET",
        path="/email/{email_id}",
        act=get_email,
        scopes=_READ,
        binds={"email_id": "emails"},
    ),
)
