"""The HTTP shape of SMTP users."""

from __future__ import annotations

from waypost_sandbox.shapes.rows import show_row
from waypost_sandbox.smtp_users.state import (
    KIND,
    SHAPE,
    create_smtp_user,
    find_smtp_user,
    list_smtp_users,
    update_smtp_user,
)
from waypost_sandbox.wire.answer import Answer, answer_data, answer_nothing
from waypost_sandbox.wire.call import Call
from waypost_sandbox.wire.pages import answer_simple
from waypost_sandbox.wire.routes import Route
from waypost_sandbox.world.things import Json

_READ = ("smtp_users_read", "smtp_users_full")
_FULL = ("smtp_users_full",)
_DOMAIN = {"domain_id": "domains"}
_BOTH = {**_DOMAIN, "smtp_user_id": f"shelf.{KIND}"}


def _show(row: Json) -> Json:
    return show_row(row, SHAPE)


def _find(call: Call) -> Json:
    return find_smtp_user(call.account, call.params["domain_id"], call.params["smtp_user_id"])


def list_all(call: Call) -> Answer:
    """List a domain's SMTP users."""
    return answer_simple(call, list_smtp_users(call.account, call.params["domain_id"]), _show)


def add_smtp_user(call: Call) -> Answer:
    """Add an SMTP user."""
    domain = call.account.domains[call.params["domain_id"]]
    return answer_data(_show(create_smtp_user(call.account, domain, call.read_object())), 201)


def get_smtp_user(call: Call) -> Answer:
    """Show one SMTP user."""
    return answer_data(_show(_find(call)))


def change_smtp_user(call: Call) -> Answer:
    """Change one SMTP user."""
    row = _find(call)
    update_smtp_user(row, call.read_object())
    return answer_data(_show(row))


def remove_smtp_user(call: Call) -> Answer:
    """Delete one SMTP user."""
    del call.account.rows(KIND)[_find(call)["id"]]
    return answer_nothing()


_ALL = "/domains/{domain_id}/smtp-users"
_ONE = f"{_ALL}/{{smtp_user_id}}"
ROUTES = (
    Route(method="GET", path=_ALL, act=list_all, scopes=_READ, binds=_DOMAIN),
    Route(method="POST", path=_ALL, act=add_smtp_user, scopes=_FULL, binds=_DOMAIN),
    Route(method="GET", path=_ONE, act=get_smtp_user, scopes=_READ, binds=_BOTH),
    Route(method="PUT", path=_ONE, act=change_smtp_user, scopes=_FULL, binds=_BOTH),
    Route(method="DELETE", path=_ONE, act=remove_smtp_user, scopes=_FULL, binds=_BOTH),
)
