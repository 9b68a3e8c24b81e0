"""The HTTP shape of domains."""

from __future__ import annotations

from waypost_sandbox.domains.state import (
    create_domain,
    delete_domain,
    list_dns_records,
    start_verification,
    update_settings,
)
from waypost_sandbox.recipients.state import list_recipients, show_recipient_row
from waypost_sandbox.shapes.domain import show_created, show_read
from waypost_sandbox.wire.answer import Answer, answer_data, answer_json, answer_nothing
from waypost_sandbox.wire.call import Call
from waypost_sandbox.wire.check import Check, read_truth
from waypost_sandbox.wire.pages import answer_counted, answer_simple
from waypost_sandbox.wire.routes import Route
from waypost_sandbox.world.things import Domain

_READ = ("domains_read", "domains_full")
_FULL = ("domains_full",)
_BIND = {"domain_id": "domains"}


def _domain(call: Call) -> Domain:
    return call.account.domains[call.params["domain_id"]]


def list_domains(call: Call) -> Answer:
    """List domains, newest first."""
    query = call.read_query()
    check = Check(query)
    check.field("verified").boolean()
    check.refuse_if_wrong()
    rows = sorted(call.account.domains.values(), key=lambda d: d.created_at, reverse=True)
    if query.get("verified"):
        wanted = read_truth(query["verified"])
        rows = [domain for domain in rows if domain.is_verified is wanted]
    return answer_counted(call, rows, lambda domain: show_read(call.account, domain))


def add_domain(call: Call) -> Answer:
    """Add a domain."""
    return answer_data(show_created(create_domain(call.account, call.read_object())), 201)


def get_domain(call: Call) -> Answer:
    """Show one domain, totals included."""
    return answer_data(show_read(call.account, _domain(call), with_totals=True))


def remove_domain(call: Call) -> Answer:
    """Delete a domain."""
    delete_domain(call.account, _domain(call))
    return answer_nothing()


def change_settings(call: Call) -> Answer:
    """Change settings and show the domain, totals left empty."""
    domain = _domain(call)
    update_settings(call.account, domain, call.read_object())
    return answer_data(show_read(call.account, domain))


def show_dns_records(call: Call) -> Answer:
    """Show the DNS records to publish."""
    return answer_data(list_dns_records(_domain(call)))


def verify_domain(call: Call) -> Answer:
    """Show the state of verification; the unverified wording is a GUESS."""
    domain = _domain(call)
    start_verification(call.account, domain)
    message = "The domain is verified." if domain.is_verified else "The domain is not verified."
    data = {
        "dkim": domain.dkim,
        "spf": domain.spf,
        "mx": domain.mx,
        "tracking": domain.tracking,
        "cname": domain.is_cname_active,
        "rp_cname": domain.is_cname_verified,
    }
    return answer_json({"message": message, "data": data})


def list_domain_recipients(call: Call) -> Answer:
    """List the domain's recipients by address."""
    rows = list_recipients(call.account, call.params["domain_id"])
    return answer_simple(call, rows, show_recipient_row)


_ONE = "/domains/{domain_id}"
ROUTES = (
    Route(method="GET", path="/domains", act=list_domains, scopes=_READ),
    Route(method="POST", path="/domains", act=add_domain, scopes=_FULL),
    Route(method="GET", path=_ONE, act=get_domain, scopes=_READ, binds=_BIND),
    Route(method="DELETE", path=_ONE, act=remove_domain, scopes=_FULL, binds=_BIND),
    Route(
        method="GET",
        path=f"{_ONE}/recipients",
        act=list_domain_recipients,
        scopes=_READ,
        binds=_BIND,
    ),
    Route(method="PUT", path=f"{_ONE}/settings", act=change_settings, scopes=_FULL, binds=_BIND),
    Route(
        method="GET", path=f"{_ONE}/dns-records", act=show_dns_records, scopes=_READ, binds=_BIND
    ),
    Route(method="GET", path=f"{_ONE}/verify", act=verify_domain, scopes=_FULL, binds=_BIND),
)
