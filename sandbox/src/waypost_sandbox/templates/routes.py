"""The HTTP shape of templates."""

from __future__ import annotations

from waypost_sandbox.templates.state import (
    create_template,
    show_row,
    show_template,
    update_template,
)
from waypost_sandbox.wire.answer import Answer, answer_data, answer_nothing
from waypost_sandbox.wire.call import Call
from waypost_sandbox.wire.pages import answer_simple
from waypost_sandbox.wire.routes import Route
from waypost_sandbox.world.things import Template

_SCOPES = ("templates_full",)
_BIND = {"template_id": "templates"}


def _template(call: Call) -> Template:
    return call.account.templates[call.params["template_id"]]


def list_templates(call: Call) -> Answer:
    """List templates; a domain without any gives an empty page."""
    wanted = call.read_query().get("domain_id") or None
    rows = [t for t in call.account.templates.values() if wanted in (None, t.domain_id)]
    return answer_simple(call, rows, show_row)


def add_template(call: Call) -> Answer:
    """Store a template."""
    template = create_template(call.account, call.read_object())
    return answer_data(show_template(call.account, template), 201)


def get_template(call: Call) -> Answer:
    """Show one template."""
    return answer_data(show_template(call.account, _template(call)))


def change_template(call: Call) -> Answer:
    """Change one template."""
    update_template(call.account, _template(call), call.read_object())
    return get_template(call)


def remove_template(call: Call) -> Answer:
    """Delete one template; the answer is an empty 200, not a 204."""
    del call.account.templates[_template(call).id]
    return answer_nothing(200)


_ONE = "/templates/{template_id}"
ROUTES = (
    Route(method="GET", path="/templates", act=list_templates, scopes=_SCOPES),
    Route(method="POST", path="/templates", act=add_template, scopes=_SCOPES),
    Route(method="GET", path=_ONE, act=get_template, scopes=_SCOPES, binds=_BIND),
    Route(
        method="PUT",
        path=_ONE,
        act=change_template,
        scopes=_SCOPES,
        binds=_BIND,
    ),
    Route(method="DELETE", path=_ONE, act=remove_template, scopes=_SCOPES, binds=_BIND),
)
