"""The HTTP shape of webhooks."""

from __future__ import annotations

from functools import partial

from waypost_sandbox.webhooks.pinging import answer_after_ping
from waypost_sandbox.webhooks.state import (
    check_change,
    check_new,
    create_webhook,
    find_domain_webhooks,
    show_webhook,
    update_webhook,
)
from waypost_sandbox.wire.answer import Answer, answer_data, answer_nothing
from waypost_sandbox.wire.call import Call
from waypost_sandbox.wire.pages import answer_counted
from waypost_sandbox.wire.refusals import refuse_not_found
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
    """Add a webhook, once its address has answered a ping."""
    account, body = call.account, call.read_object()
    check_new(account, body)

    def save() -> Answer:
        webhook = create_webhook(account, body)
        return answer_data(show_webhook(account, webhook, is_new=True), 201)

    return answer_after_ping(account, body["url"], lambda: check_new(account, body), save)


def get_webhook(call: Call) -> Answer:
    """Show one webhook."""
    return answer_data(show_webhook(call.account, _webhook(call)))


def change_webhook(call: Call) -> Answer:
    """Change one webhook; a new address must answer a ping first."""
    account, webhook, body = call.account, _webhook(call), call.read_object()
    check_change(account, webhook, body)

    def save() -> Answer:
        update_webhook(account, webhook, body)
        return answer_data(show_webhook(account, webhook))

    def check_again() -> None:
        if webhook.id not in account.webhooks:
            raise refuse_not_found()
        check_change(account, webhook, body)

    moved_to = body.get("url") if body.get("url") != webhook.url else None
    return answer_after_ping(account, moved_to, check_again, save)


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
