"""The HTTP shape of webhooks."""

from __future__ import annotations

from functools import partial

from waypost_sandbox.webhooks.state import (
    create_webhook,
    find_domain_webhooks,
    show_webhook,
    update_webhook,
)
from waypost_sandbox.wire.answer import Answer, answer_data, answer_nothing
from waypost_sandbox.wire.call import Call
from waypost_sandbox.wire.pages import answer_counted
from waypost_sandbox.wire.routes import Route
from waypost_sandbox.world.things import Webhook

_SCOPES = ("webhooks_full",)
_BIND = {"webhook_id": "webhooks"}


def _webhook(call: Call) -> Webhook:
    return call.account.webhooks[call.params["webhook_id"]]


def list_webhooks(call: Call) -> Answer:
    """List a domain's webhooks."""
    rows = find_domain_webhooks(call.account, call.read_query())
    return answer_counted(call, rows, partial(show_webhook, call.account))


def add_webhook(call: Call) -> Answer:
    """Add a webhook."""
    webhook = create_webhook(call.account, call.read_object())
    return answer_data(show_webhook(call.account, webhook, is_new=True), 201)


def get_webhook(call: Call) -> Answer:
    """Show one webhook."""
    return answer_data(show_webhook(call.account, _webhook(call)))


def change_webhook(call: Call) -> Answer:
    """Change one webhook."""
    update_webhook(call.account, _webhook(call), call.read_object())
    return get_webhook(call)


def remove_webhook(call: Call) -> Answer:
    """Delete one webhook."""
    del call.account.webhooks[_webhook(call).id]
    return answer_nothing()


_ONE = "/webhooks/{webhook_id}"
ROUTES = (
    Route(method="GET", path="/webhooks", act=list_webhooks, scopes=_SCOPES),
    Route(method="POST", path="/webhooks", act=add_webhook, scopes=_SCOPES, is_throttled=True),
    Route(method="GET", path=_ONE, act=get_webhook, scopes=_SCOPES, binds=_BIND),
    Route(method="PUT", path=_ONE, act=change_webhook, scopes=_SCOPES, binds=_BIND),
    Route(method="DELETE", path=_ONE, act=remove_webhook, scopes=_SCOPES, binds=_BIND),
)
