"""Seeding: put things into a world in the shapes that the API reads them back in."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable
from dataclasses import fields, replace
from importlib.resources import files
from typing import Any

from waypost_sandbox.control import mail_seeds, seeds
from waypost_sandbox.control.clock import set_now
from waypost_sandbox.control.refusals import refuse_control
from waypost_sandbox.control.row_seeds import ROW_SEEDS, seed_row
from waypost_sandbox.limits import PLAN_QUOTAS
from waypost_sandbox.wire.answer import RefusalError
from waypost_sandbox.world.account import Account, Settings
from waypost_sandbox.world.things import Json

STATES = ("active", "warned", "suspended", "maintenance")
Seeder = Callable[[Account, Json], object]

# Later kinds may name earlier ones, so this order is also the order of planting.
SEEDERS: dict[str, Seeder] = {
    "domains": seeds.seed_domain,
    "templates": seeds.seed_template,
    "tokens": seeds.seed_token,
    "users": seeds.seed_user,
    "invites": seeds.seed_invite,
    "webhooks": seeds.seed_webhook,
    "recipients": mail_seeds.seed_recipient,
    "messages": mail_seeds.seed_message,
    "emails": mail_seeds.seed_email,
    "activities": mail_seeds.seed_activity,
    "blocklist": mail_seeds.seed_blocked,
    "hard_bounces": mail_seeds.make_suppression_seeder("hard_bounces"),
    "spam_complaints": mail_seeds.make_suppression_seeder("spam_complaints"),
    "unsubscribes": mail_seeds.make_suppression_seeder("unsubscribes"),
    "on_hold": mail_seeds.make_suppression_seeder("on_hold"),
    "bulk_emails": mail_seeds.seed_bulk,
}
# Other names for the same kinds, as people and paths have them.
ALIASES = {
    "activity": "activities",
    "bulk_email": "bulk_emails",
    "on_hold_list": "on_hold",
    "inbound": "inbounds",
    "inbound_routes": "inbounds",
    "schedules": "message_schedules",
    "email_verification": "email_verifications",
    "sms_activity": "sms_activities",
    "dmarc_monitoring": "dmarc_monitors",
    "blocklist_monitoring": "blocklist_monitors",
    "sender_identities": "identities",
}
# Their lists are newest first, so rows in the order of a list are planted from the end.
NEWEST_FIRST = (
    "emails",
    "activities",
    "blocklist",
    "hard_bounces",
    "spam_complaints",
    "unsubscribes",
    "on_hold",
    "sms_activities",
    "whatsapp_messages",
    "whatsapp_items",
    "whatsapp_activities",
    "whatsapp_inbound_messages",
    "whatsapp_recipients",
    "whatsapp_templates",
)
KEYS = ("account", "now", "maintenance", *SEEDERS, *ROW_SEEDS, *ALIASES)
SETTING_KEYS = tuple(each.name for each in fields(Settings))


def seed_account(account: Account, payload: Any) -> None:
    """Add to a world what the payload says; a word nobody knows stops everything."""
    if not isinstance(payload, dict):
        raise refuse_control("a seed is an object")
    for key in payload:
        if key not in KEYS:
            raise refuse_control(f"unknown seed key {key!r}", key, KEYS)
    before = _remember(account)
    try:
        _plant(account, payload)
    except RefusalError:
        for name, held in before.items():
            setattr(account, name, held)
        raise


def _remember(account: Account) -> Json:
    """Keep what a seed can change, so that a refused one leaves no trace."""
    held = {each.name: getattr(account, each.name) for each in fields(Account)}
    kept: Json = {name: dict(value) for name, value in held.items() if isinstance(value, dict)}
    kept["shelf"] = {kind: dict(rows) for kind, rows in account.shelf.items()}
    kept["due"] = list(account.due)
    kept["settings"] = replace(account.settings)
    kept["clock"] = copy.copy(account.clock)
    return kept


def _plant(account: Account, payload: Json) -> None:
    if "now" in payload:
        set_now(account, payload["now"])
    apply_settings(account, payload.get("account") or {})
    if "maintenance" in payload:
        apply_settings(account, {"maintenance": bool(payload["maintenance"])})
    for key, seeder in SEEDERS.items():
        for row in _rows(key, payload):
            try:
                seeder(account, row)
            except (KeyError, TypeError, ValueError, AttributeError) as error:
                raise refuse_control(f"{key}: {row!r} cannot be seeded: {error!r}") from error
    for key in ROW_SEEDS:
        for row in _rows(key, payload):
            try:
                seed_row(account, key, row)
            except (KeyError, TypeError, ValueError, AttributeError) as error:
                raise refuse_control(f"{key}: {row!r} cannot be seeded: {error!r}") from error


def _rows(key: str, payload: Json) -> list[Json]:
    names = [key, *(alias for alias, kind in ALIASES.items() if kind == key)]
    rows: list[Json] = []
    for name in names:
        given = [] if payload.get(name) is None else payload[name]
        if not isinstance(given, list) or not all(isinstance(row, dict) for row in given):
            raise refuse_control(f"{name} must be a list of objects")
        rows += given
    return rows[::-1] if key in NEWEST_FIRST else rows


def apply_settings(account: Account, given: Any) -> None:
    """Change what the account is and may."""
    if not isinstance(given, dict):
        raise refuse_control("account must be an object")
    for key in given:
        if key not in SETTING_KEYS:
            raise refuse_control(f"unknown account key {key!r}", key, SETTING_KEYS)
    _check_settings(given)
    if "plan" in given and "daily_quota" not in given:
        account.settings.daily_quota = PLAN_QUOTAS[given["plan"]]
    was_away = account.settings.maintenance
    for key, value in given.items():
        setattr(account.settings, key, value)
    if account.settings.maintenance is not was_away:
        announce_maintenance(account)


def announce_maintenance(account: Account) -> None:
    """Tell every domain's webhooks that maintenance began or ended."""
    event = "maintenance.start" if account.settings.maintenance else "maintenance.end"
    for domain_id in account.domains:
        account.announce(event, {"domain_id": domain_id}, domain_id=domain_id)


def _check_settings(given: Json) -> None:
    plan, state, rates = given.get("plan"), given.get("state"), given.get("rate_limits")
    if plan is not None and plan not in PLAN_QUOTAS:
        raise refuse_control(f"unknown plan {plan!r}", str(plan), PLAN_QUOTAS)
    if state is not None and state not in STATES:
        raise refuse_control(f"unknown account state {state!r}", str(state), STATES)
    is_map = isinstance(rates, dict) and all(isinstance(n, int) for n in rates.values())
    if rates not in (None, "documented", "off") and not is_map:
        raise refuse_control("rate_limits is 'documented', 'off' or {class: number}")
    _check_excess(given.get("excessive_use"))
    quota = given.get("daily_quota")
    if quota is not None and (isinstance(quota, bool) or not isinstance(quota, int)):
        raise refuse_control("daily_quota is a number, -1 for without limit")
    _check_outgoing(given)


def _is_number(value: Any, least: float) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value >= least


def _check_outgoing(given: Json) -> None:
    """Check the settings of webhooks, of forwarding and of what is kept."""
    if given.get("webhook_reach", "local") not in ("local", "anywhere"):
        raise refuse_control("webhook_reach is 'local' or 'anywhere'")
    if not isinstance(given.get("webhook_ping", True), bool):
        raise refuse_control("webhook_ping is true or false")
    waits = given.get("webhook_retries", [])
    if not isinstance(waits, list) or not all(_is_number(wait, 0) for wait in waits):
        raise refuse_control("webhook_retries is a list of seconds to wait before each retry")
    for key in ("webhook_timeout", "webhook_warn_after", "webhook_pause_after"):
        if not _is_number(given.get(key, 1), 0.001):
            raise refuse_control(f"{key} is a number above nothing")
    for key in ("keep_messages", "retention_days", "smtp_connection_limit"):
        whole = isinstance(given.get(key), int)
        if given.get(key) is not None and not (whole and _is_number(given[key], 1)):
            raise refuse_control(f"{key} is a whole number from 1, or null for all")
    server = given.get("forward_smtp")
    if server is not None and re.fullmatch(r".+:\d+", str(server)) is None:
        raise refuse_control("forward_smtp is 'host:port', or null")


def _check_excess(rule: Any) -> None:
    keys = ("warn", "suspend", "window_seconds")
    if rule is None:
        return
    if not isinstance(rule, dict) or not all(
        key in keys and isinstance(value, int | float) and not isinstance(value, bool) and value > 0
        for key, value in rule.items()
    ):
        raise refuse_control(f"excessive_use is an object of numbers: {', '.join(keys)}")


def seed_demo(account: Account) -> None:
    """Plant the small believable world that comes with the package."""
    source = files("waypost_sandbox").joinpath("data", "demo.json")
    seed_account(account, json.loads(source.read_text("utf-8")))
