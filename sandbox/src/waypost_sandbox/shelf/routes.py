"""Lists and single reads of kinds that are only kept by shape.

When a kind gets rules, it gets a folder of its own and leaves the table below.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from waypost_sandbox.wire.answer import Answer, answer_data
from waypost_sandbox.wire.call import Call
from waypost_sandbox.wire.pages import Paging, answer_counted, answer_simple
from waypost_sandbox.wire.refusals import refuse_not_found
from waypost_sandbox.wire.routes import SHAPED, Route
from waypost_sandbox.world.things import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    """A shelved kind: where it is read, and how its list pages."""

    kind: str
    path: str
    scope: str
    pager: Callable[..., Answer]
    paging: Paging | None = None
    parameter: str | None = None
    has_read_scope: bool = True
    domain_bound: bool = False


KINDS = (
    _Kind(
        kind="smtp_users",
        path="/domains/{domain_id}/smtp-users",
        scope="smtp_users",
        pager=answer_simple,
        parameter="smtp_user_id",
        domain_bound=True,
    ),
    _Kind(
        kind="identities",
        path="/identities",
        scope="sender_identity",
        pager=answer_counted,
        parameter="identity_id",
    ),
    _Kind(
        kind="inbounds",
        path="/inbound",
        scope="inbounds",
        pager=answer_counted,
        # Real answers hold 10 rows when no limit is given.
        paging=Paging(per_page=10),
        parameter="inbound_id",
        has_read_scope=False,
    ),
    _Kind(
        kind="email_verifications",
        path="/email-verification",
        scope="email_verification",
        pager=answer_simple,
        paging=Paging(per_page_is_text=True),
        parameter="list_id",
    ),
    _Kind(
        kind="sms_messages",
        path="/sms-messages",
        scope="sms",
        pager=answer_counted,
        parameter="sms_message_id",
    ),
    _Kind(
        kind="sms_numbers",
        path="/sms-numbers",
        scope="sms",
        pager=answer_counted,
        # Real answers hold 15 rows when no limit is given.
        paging=Paging(per_page=15),
        parameter="sms_number_id",
    ),
    _Kind(
        kind="sms_recipients",
        path="/sms-recipients",
        scope="sms",
        pager=answer_simple,
        parameter="sms_recipient_id",
    ),
    _Kind(
        kind="sms_inbounds",
        path="/sms-inbounds",
        scope="sms",
        pager=answer_counted,
        parameter="sms_inbound_id",
    ),
    _Kind(kind="sms_activities", path="/sms-activity", scope="sms", pager=answer_simple),
    _Kind(
        kind="dmarc_monitors",
        path="/dmarc-monitoring",
        scope="dmarc_monitoring",
        pager=answer_counted,
    ),
    _Kind(
        kind="blocklist_monitors",
        path="/blocklist-monitoring",
        scope="blocklist_monitoring",
        pager=answer_counted,
        parameter="monitor_id",
    ),
)


def _rows(call: Call, kind: _Kind) -> list[Json]:
    rows = list(call.account.shelf.get(kind.kind, {}).values())
    if not kind.domain_bound:
        return rows
    return [row for row in rows if row.get("domain_id") == call.params["domain_id"]]


def list_rows(call: Call, kind: _Kind) -> Answer:
    """List what was seeded."""
    return kind.pager(call, _rows(call, kind), lambda row: row, kind.paging or Paging())


def get_row(call: Call, kind: _Kind) -> Answer:
    """Show one of what was seeded."""
    for row in _rows(call, kind):
        if str(row["id"]) == call.params[kind.parameter or ""]:
            return answer_data(row)
    raise refuse_not_found()


def _routes(kind: _Kind) -> list[Route]:
    full = f"{kind.scope}_full"
    scopes = (f"{kind.scope}_read", full) if kind.has_read_scope else (full,)
    domain = {"domain_id": "domains"} if kind.domain_bound else {}
    routes = [
        Route(
            method="GET",
            path=kind.path,
            act=partial(list_rows, kind=kind),
            scopes=scopes,
            binds=domain,
            coverage=SHAPED,
        )
    ]
    if kind.parameter is not None:
        routes.append(
            Route(
                method="GET",
                path=f"{kind.path}/{{{kind.parameter}}}",
                act=partial(get_row, kind=kind),
                scopes=scopes,
                binds={**domain, kind.parameter: f"shelf.{kind.kind}"},
                coverage=SHAPED,
            )
        )
    return routes


ROUTES = tuple(route for kind in KINDS for route in _routes(kind))
