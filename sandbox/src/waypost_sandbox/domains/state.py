"""The rules of domains: creation, settings, DNS records and verification."""

from __future__ import annotations

import copy
import re
from datetime import timedelta

from waypost_sandbox import ids
from waypost_sandbox.delivery import release_held
from waypost_sandbox.domains import errors
from waypost_sandbox.shapes.domain import DEFAULT_SETTINGS
from waypost_sandbox.wire.check import Check, read_truth
from waypost_sandbox.world.account import Account
from waypost_sandbox.world.things import Domain, Json

VERIFICATION_TAKES = timedelta(seconds=60)
_NAME = re.compile(r"^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$")
_SUBDOMAINS = ("return_path_subdomain", "custom_tracking_subdomain", "inbound_routing_subdomain")
_TEXTS = ("track_unsubscribe_html", "track_unsubscribe_plain")
_PAID_PLANS = ("Starter", "Professional", "Enterprise")


def create_domain(account: Account, body: Json) -> Domain:
    """Add an unverified domain; its verification comes with time."""
    check = Check(body)
    name = check.field("name").required().string().longest(191)
    if isinstance(name.value, str) and not name.is_wrong:
        if _NAME.fullmatch(name.value) is None:
            name.fail(errors.BAD_NAME)
        elif any(domain.name == name.value for domain in account.domains.values()):
            name.fail(errors.NAME_TAKEN)
    for field in _SUBDOMAINS:
        _check_subdomain(check, field)
    check.refuse_if_wrong()
    now = account.now()
    settings = copy.deepcopy(DEFAULT_SETTINGS)
    settings.update({field: body[field] for field in _SUBDOMAINS if body.get(field)})
    domain = Domain(
        id=ids.make_hashid(), name=body["name"], settings=settings, created_at=now, updated_at=now
    )
    account.domains[domain.id] = domain
    account.plan_work(now + VERIFICATION_TAKES, "verify_domain", domain.id)
    return domain


def _check_subdomain(check: Check, field: str) -> None:
    given = check.field(field).string().longest(63)
    if isinstance(given.value, str) and re.fullmatch(r"[A-Za-z0-9-]+", given.value) is None:
        given.fail(errors.bad_subdomain(field))


def update_settings(account: Account, domain: Domain, body: Json) -> None:
    """Change any subset of the settings; unpausing lets held messages go."""
    check = Check(body)
    for field, default in DEFAULT_SETTINGS.items():
        if isinstance(default, bool):
            check.field(field).boolean()
        elif field in _SUBDOMAINS:
            _check_subdomain(check, field)
        else:
            _check_unsubscribe_text(check, field)
    if read_truth(body.get("track_content")) and not account.has_feature(
        "track_content", _PAID_PLANS
    ):
        check.field("track_content").fail(errors.NEEDS_PLAN)
    check.refuse_if_wrong()
    was_paused = domain.settings["send_paused"]
    for field, default in DEFAULT_SETTINGS.items():
        if body.get(field) is not None:
            value = body[field]
            domain.settings[field] = read_truth(value) if isinstance(default, bool) else value
    domain.updated_at = account.now()
    if was_paused and not domain.settings["send_paused"]:
        release_held(account, domain)


def _check_unsubscribe_text(check: Check, field: str) -> None:
    given = check.field(field).string()
    if (
        field in _TEXTS
        and isinstance(given.value, str)
        and re.search(r"\{\{\s*unsubscribe\s*\}\}", given.value) is None
    ):
        given.fail(errors.needs_unsubscribe(field))


def delete_domain(account: Account, domain: Domain) -> None:
    """Delete a domain with its recipients and webhooks; tokens bound to it go too."""
    del account.domains[domain.id]
    for recipient in [r for r in account.recipients.values() if r.domain_id == domain.id]:
        del account.recipients[recipient.id]
        account.recipient_ids.pop((domain.id, recipient.email.lower()), None)
    for webhook in [w for w in account.webhooks.values() if w.domain_id == domain.id]:
        del account.webhooks[webhook.id]
    for token in [t for t in account.tokens.values() if t.domain_id == domain.id]:
        del account.tokens[token.id]
    for entry in [s for s in account.suppressions.values() if s.domain_id == domain.id]:
        del account.suppressions[entry.id]


def start_verification(account: Account, domain: Domain) -> None:
    """Look at the DNS again; an unverified domain gets its check planned."""
    if domain.is_verified or domain.is_being_verified:
        return
    domain.is_being_verified = True
    account.plan_work(account.now() + VERIFICATION_TAKES, "verify_domain", domain.id)


def finish_verification(account: Account, domain_id: str) -> None:
    """Find the DNS records in place, unless the name says that they never will be."""
    domain = account.domains.get(domain_id)
    if domain is None or domain.is_verified:
        return
    domain.is_being_verified = False
    # The sandbox's own convention: such names stay unverified.
    if domain.name.startswith("unverified."):
        return
    domain.dkim = domain.spf = domain.mx = domain.is_verified = True
    domain.is_cname_verified = domain.is_dns_active = True
    domain.updated_at = account.now()


def list_dns_records(domain: Domain) -> Json:
    """List the records that the domain's owner must publish."""
    settings, name = domain.settings, domain.name

    def cname(host: str, value: str) -> Json:
        return {"hostname": f"{host}.{name}", "type": "CNAME", "value": value}

    return {
        "id": domain.id,
        "spf": {"hostname": name, "type": "TXT", "value": _merge_spf(domain.spf_record)},
        "dkim": cname("mlsend2._domainkey", "mlsend2._domainkey.mailersend.net"),
        "return_path": cname(settings["return_path_subdomain"], "mailersend.net"),
        "custom_tracking": cname(settings["custom_tracking_subdomain"], "links.mailersend.net"),
        "inbound_routing": {
            "hostname": f"{settings['inbound_routing_subdomain']}.{name}",
            "type": "MX",
            "value": "inbound.mailersend.net",
            "priority": "10",
        },
    }


def _merge_spf(record: str | None) -> str:
    include = "include:_spf.mailersend.net"
    if record is None:
        return f"v=spf1 {include} ~all"
    return record if include in record else record.replace("v=spf1", f"v=spf1 {include}", 1)
