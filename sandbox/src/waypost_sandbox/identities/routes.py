"""The HTTP shape of sender identities, by id and by address."""

from __future__ import annotations

from functools import partial

from waypost_sandbox.identities.confirming import send_confirmation
from waypost_sandbox.identities.state import (
    KIND,
    check_update,
    create_identity,
    find_by_email,
    list_identities,
    resend_confirmation,
    show_identity,
    update_identity,
)
from waypost_sandbox.wire.answer import Answer, answer_data, answer_nothing
from waypost_sandbox.wire.call import Call
from waypost_sandbox.wire.pages import answer_counted
from waypost_sandbox.wire.routes import Route
from waypost_sandbox.world.things import Json

_READ = ("sender_identity_read", "sender_identity_full")
_FULL = ("sender_identity_full",)
_BIND = {"identity_id": f"shelf.{KIND}"}


def _find(call: Call) -> Json:
    """Return the identity of the path; an address is looked up here, not at binding."""
    if "email" in call.params:
        return find_by_email(call.account, call.params["email"])
    return call.account.rows(KIND)[call.params["identity_id"]]


def list_all(call: Call) -> Answer:
    """List identities."""
    rows = list_identities(call.account, call.read_query())
    return answer_counted(call, rows, partial(show_identity, call.account))


def add_identity(call: Call) -> Answer:
    """Add an identity."""
    row = create_identity(call.account, call.read_object())
    send_confirmation(call.account, row)
    return answer_data(show_identity(call.account, row), 201)


def get_identity(call: Call) -> Answer:
    """Show one identity."""
    return answer_data(show_identity(call.account, _find(call)))


def change_identity(call: Call) -> Answer:
    """Change one identity; the body is checked before an address is looked up."""
    body = call.read_object()
    check_update(body)
    row = _find(call)
    update_identity(row, body)
    return answer_data(show_identity(call.account, row))


def remove_identity(call: Call) -> Answer:
    """Delete one identity."""
    del call.account.rows(KIND)[_find(call)["id"]]
    return answer_nothing()


def resend(call: Call) -> Answer:
    """Send the confirmation mail again."""
    row = _find(call)
    resend_confirmation(row)
    send_confirmation(call.account, row)
    return answer_data(show_identity(call.account, row))


_ONE = "/identities/{identity_id}"
_BY_EMAIL = "/identities/email/{email}"
ROUTES = (
    Route(method="GET", path="/identities", act=list_all, scopes=_READ),
    Route(method="POST", path="/identities", act=add_identity, scopes=_FULL),
    Route(method="GET", path=_ONE, act=get_identity, scopes=_READ, binds=_BIND),
    Route(method="PUT", path=_ONE, act=change_identity, scopes=_FULL, binds=_BIND),
    Route(method="DELETE", path=_ONE, act=remove_identity, scopes=_FULL, binds=_BIND),
    Route(method="GET", path=_BY_EMAIL, act=get_identity, scopes=_READ),
    Route(method="PUT", path=_BY_EMAIL, act=change_identity, scopes=_FULL),
    Route(method="DELETE", path=_BY_EMAIL, act=remove_identity, scopes=_FULL),
    Route(method="POST", path=f"{_ONE}/resend", act=resend, scopes=_FULL, binds=_BIND),
)
