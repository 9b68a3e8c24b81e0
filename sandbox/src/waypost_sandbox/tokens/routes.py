"""The HTTP shape of API tokens."""

from __future__ import annotations

from waypost_sandbox.tokens.state import (
    create_token,
    rename_token,
    show_new_token,
    show_token,
    switch_token,
)
from waypost_sandbox.wire.answer import Answer, answer_data, answer_nothing
from waypost_sandbox.wire.call import Call
from waypost_sandbox.wire.pages import Paging, answer_counted
from waypost_sandbox.wire.routes import Route
from waypost_sandbox.world.things import Token

_SCOPES = ("tokens_full",)
_BIND = {"token_id": "tokens"}


def _token(call: Call) -> Token:
    return call.account.tokens[call.params["token_id"]]


def list_tokens(call: Call) -> Answer:
    """List tokens; this list alone keeps `limit` in its links."""
    rows = [token for token in call.account.tokens.values() if token.is_listed]
    show = lambda token: show_token(call.account, token)  # noqa: E731 - two lines would hide it
    return answer_counted(call, rows, show, Paging(keeps_limit=True))


def add_token(call: Call) -> Answer:
    """Issue a token; the answer is a 200, not a 201."""
    token = create_token(call.account, call.read_object())
    return answer_data(show_new_token(call.account, token))


def get_token(call: Call) -> Answer:
    """Show one token."""
    return answer_data(show_token(call.account, _token(call)))


def rename(call: Call) -> Answer:
    """Rename a token."""
    rename_token(_token(call), call.read_object())
    return get_token(call)


def switch(call: Call) -> Answer:
    """Pause or unpause a token."""
    switch_token(_token(call), call.read_object())
    return get_token(call)


def remove_token(call: Call) -> Answer:
    """Delete a token; the answer is an empty 200, not a 204."""
    del call.account.tokens[call.params["token_id"]]
    return answer_nothing(200)


_ONE = "/token/{token_id}"
ROUTES = (
    Route(method="GET", path="/token", act=list_tokens, scopes=_SCOPES),
    Route(method="POST", path="/token", act=add_token, scopes=_SCOPES),
    Route(method="GET", path=_ONE, act=get_token, scopes=_SCOPES, binds=_BIND),
    Route(method="PUT", path=_ONE, act=rename, scopes=_SCOPES, binds=_BIND),
    Route(method="PUT", path=f"{_ONE}/settings", act=switch, scopes=_SCOPES, binds=_BIND),
    Route(method="DELETE", path=_ONE, act=remove_token, scopes=_SCOPES, binds=_BIND),
)
