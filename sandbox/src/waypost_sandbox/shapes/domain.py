"""The shapes of a domain on the wire: created, read, embedded and small."""

from __future__ import annotations

from collections import Counter

from waypost_sandbox.wire.times import write_time
from waypost_sandbox.world.account import Account
from waypost_sandbox.world.things import Domain, Json

DEFAULT_SETTINGS: Json = {
    "send_paused": False,
    "track_clicks": True,
    "track_opens": True,
    "track_opens_pixel_on_top": False,
    "track_unsubscribe": False,
    "track_unsubscribe_html": '<p>Click here to <a href="{{unsubscribe}}">unsubscribe</a></p>',
    "track_unsubscribe_html_enabled": False,
    "track_unsubscribe_plain": "Click here to unsubscribe: {{unsubscribe}}",
    "track_unsubscribe_plain_enabled": False,
    "track_content": False,
    "custom_tracking_enabled": False,
    "custom_tracking_subdomain": "email",
    "return_path_subdomain": "mta",
    "inbound_routing_enabled": False,
    "inbound_routing_subdomain": "inbound",
    "precedence_bulk": False,
    "ignore_duplicated_recipients": False,
    "show_dmarc": False,
}
_STATUSES = ("queued", "sent", "rejected", "delivered")
_TOTALS = ("sent", "delivered", "hard_bounced", "soft_bounced")


def show_created(domain: Domain) -> Json:
    """Show a domain as the answer to its creation: no times, and nulls for what is unknown."""
    return {
        "id": domain.id,
        "name": domain.name,
        "dkim": None,
        "spf": None,
        "mx": None,
        "tracking": None,
        "is_verified": domain.is_verified,
        "is_dns_active": domain.is_dns_active,
        "is_trial_domain": domain.is_trial_domain,
        "domain_settings": domain.settings,
        "can": {"manage": True},
        "totals": [],
        "is_dkim_txt": None,
        "show_dkim_info": False,
        "is_being_verified": False,
    }


def show_in_token(domain: Domain) -> Json:
    """Show a domain inside a new token: the created shape with booleans for its nulls."""
    return {
        **show_created(domain),
        "dkim": domain.dkim,
        "spf": domain.spf,
        "mx": domain.mx,
        "tracking": domain.tracking,
        "is_dkim_txt": False,
        # True of a verified domain in a real sample, whatever the name says.
        "is_being_verified": domain.is_verified or domain.is_being_verified,
    }


def show_read(account: Account, domain: Domain, *, with_totals: bool = False) -> Json:
    """Show a domain as it is read; `totals` is an object on the single read only."""
    shown = show_embedded(domain)
    stats = count_statuses(account, domain)
    totals = shown.pop("totals")
    order = list(shown)
    place = order.index("has_not_queued_messages")
    read = {key: shown[key] for key in order[:place]}
    read["domain_stats"] = stats
    read.update({key: shown[key] for key in order[place:]})
    read["totals"] = count_totals(account, domain) if with_totals else totals
    return read


def show_embedded(domain: Domain) -> Json:
    """Show a domain inside a webhook or a message."""
    return {
        "id": domain.id,
        "name": domain.name,
        "dkim": domain.dkim,
        "spf": domain.spf,
        "tracking": domain.tracking,
        "is_verified": domain.is_verified,
        "is_cname_verified": domain.is_cname_verified,
        "is_dns_active": domain.is_dns_active,
        "is_cname_active": domain.is_cname_active,
        "is_tracking_allowed": domain.is_tracking_allowed,
        "has_not_queued_messages": domain.has_not_queued_messages,
        "not_queued_messages_count": domain.not_queued_messages_count,
        "domain_settings": domain.settings,
        "created_at": write_time(domain.created_at),
        "updated_at": write_time(domain.updated_at),
        "totals": [],
    }


def show_small(domain: Domain | None) -> Json | None:
    """Show a domain inside recipients, suppressions, users and the token list."""
    if domain is None:
        return None
    return {
        "id": domain.id,
        "name": domain.name,
        "created_at": write_time(domain.created_at),
        "updated_at": write_time(domain.updated_at),
    }


def count_statuses(account: Account, domain: Domain) -> Json:
    """Count the domain's emails by status, on top of what was seeded."""
    seeded = domain.seeded_stats
    # Seeded numbers already count the emails that were seeded with them.
    counts = Counter(
        email.status
        for email in account.emails.values()
        if email.domain_id == domain.id and not (seeded and email.is_seeded)
    )
    stats = {status: counts[status] + int(seeded.get(status, 0)) for status in _STATUSES}
    total = sum(counts.values()) + int(seeded.get("total", 0))
    return {"total": total, **stats}


def count_totals(account: Account, domain: Domain) -> Json:
    """Count the domain's outcomes, on top of what was seeded."""
    counts = Counter(
        activity.type for activity in account.activities.values() if activity.domain_id == domain.id
    )
    sent_now = count_statuses(account, domain)["sent"] - int(domain.seeded_stats.get("sent", 0))
    counts["sent"] = sent_now
    return {name: counts[name] + int(domain.seeded_totals.get(name, 0)) for name in _TOTALS}
