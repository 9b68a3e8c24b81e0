"""The HTTP shape of users and invites."""

from __future__ import annotations

from waypost_sandbox.users.state import (
    find_user,
    invite_person,
    show_invite,
    show_user,
    update_user,
)
from waypost_sandbox.wire.answer import Answer, answer_data, answer_nothing
from waypost_sandbox.wire.call import Call
from waypost_sandbox.wire.check import Check
from waypost_sandbox.wire.pages import Paging, answer_counted, check_paging
from waypost_sandbox.wire.routes import Route

_READ = ("users_read", "users_full")
_FULL = ("users_full",)
_BIND = {"invite_id": "invites"}


def list_users(call: Call) -> Answer:
    """List every user: the wire has no links and no meta here, and `limit` cuts nothing."""
    check = Check(call.read_query())
    check_paging(check, Paging())
    check.refuse_if_wrong()
    users = call.account.users.values()
    return answer_data([show_user(call.account, user) for user in users])


def add_user(call: Call) -> Answer:
    """Invite a person; the answer is the invite."""
    return answer_data(show_invite(invite_person(call.account, call.read_object())), 201)


def get_user(call: Call) -> Answer:
    """Show one user."""
    return answer_data(show_user(call.account, find_user(call.account, call.params["user_id"])))


def change_user(call: Call) -> Answer:
    """Change one user."""
    user = update_user(call.account, call.params["user_id"], call.read_object())
    return answer_data(show_user(call.account, user))


def remove_user(call: Call) -> Answer:
    """Remove one user."""
    del call.account.users[find_user(call.account, call.params["user_id"]).id]
    return answer_nothing()


def list_invites(call: Call) -> Answer:
    """List invites."""
    return answer_counted(call, list(call.account.invites.values()), show_invite)


def get_invite(call: Call) -> Answer:
    """Show one invite."""
    return answer_data(show_invite(call.account.invites[call.params["invite_id"]]))


def resend_invite(call: Call) -> Answer:
    """Send an invite again."""
    invite = call.account.invites[call.params["invite_id"]]
    invite.updated_at = call.account.now()
    return get_invite(call)


def remove_invite(call: Call) -> Answer:
    """Withdraw an invite."""
    del call.account.invites[call.params["invite_id"]]
    return answer_nothing()


_USER = "/users/{user_id}"
_INVITE = "/invites/{invite_id}"
ROUTES = (
    Route(method="GET", path="/users", act=list_users, scopes=_READ),
    Route(method="POST", path="/users", act=add_user, scopes=_FULL),
    Route(method="GET", path=_USER, act=get_user, scopes=_READ),
    Route(method="PUT", path=_USER, act=change_user, scopes=_FULL),
    Route(method="DELETE", path=_USER, act=remove_user, scopes=_FULL),
    Route(method="GET", path="/invites", act=list_invites, scopes=_READ),
    Route(
        method="GET",
        path=_INVITE,
        act=get_invite,
        scopes=_READ,
        binds=_BIND,
    ),
    Route(
        method="POST",
        path=f"{_INVITE}/resend",
        act=resend_invite,
        scopes=_FULL,
        binds=_BIND,
    ),
    Route(method="DELETE", path=_INVITE, act=remove_invite, scopes=_FULL, binds=_BIND),
)
