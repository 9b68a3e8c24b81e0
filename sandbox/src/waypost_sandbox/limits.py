"""Rates, the daily quota and the creation throttle, all on the account's clock."""

from __future__ import annotations

import math
from datetime import datetime, timedelta

from waypost_sandbox.wire.answer import Answer, RefusalError, answer_message
from waypost_sandbox.wire.times import next_midnight, write_reset
from waypost_sandbox.world.account import Account

MINUTE = timedelta(minutes=1)
DOCUMENTED_RATES = {"general": 60, "email": 120, "activity": 10, "verification": 60, "smtp": 120}
# Newest public page: the bulk rate follows the plan.
_BULK_RATES = {"Starter": 15, "Professional": 30, "Enterprise": 60}
_UNDER_REVIEW = {"email": 10, "bulk": 1}
PLAN_QUOTAS = {
    "Trial": 100,
    "Free": 100,
    "Hobby": 1_000,
    "Starter": 100_000,
    "Professional": 500_000,
    "Enterprise": 500_000,
}


def rate_of(account: Account, rate: str) -> int | None:
    """Return the class's requests per minute; None is no limit."""
    settings = account.settings
    if settings.rate_limits == "off":
        return None
    if isinstance(settings.rate_limits, dict) and rate in settings.rate_limits:
        return settings.rate_limits[rate]
    is_new = not settings.approved or (settings.plan == "Trial" and rate == "email")
    if is_new and rate in _UNDER_REVIEW:
        return _UNDER_REVIEW[rate]
    if rate == "bulk":
        return _BULK_RATES.get(settings.plan, 10)
    return DOCUMENTED_RATES.get(rate, DOCUMENTED_RATES["general"])


def take_rate(account: Account, rate: str) -> dict[str, str]:
    """Count a request against its class's minute; over it, refuse with 429."""
    limit = rate_of(account, rate)
    if limit is None:
        return {}
    now = account.now()
    start, used = account.meters.windows.get(rate, (now, 0))
    # A window also ends when a turned-back clock left it in the future.
    if not start <= now < start + MINUTE:
        start, used = now, 0
    headers = {
        "x-ratelimit-limit": str(limit),
        "x-ratelimit-remaining": str(max(0, limit - used - 1)),
    }
    if used >= limit:
        ends = start + MINUTE
        text = (
            f"Your account reached its rate limit of {limit} requests/min. "
            "Please wait before trying again. #MS42903"
        )
        note_excess(account)
        raise _refuse_until(text, headers, math.ceil(ends.timestamp()), ends - now)
    account.meters.windows[rate] = (start, used + 1)
    return headers if account.settings.rate_limit_headers else {}


def take_quota(account: Account) -> dict[str, str]:
    """Count a request against the day; over the quota, refuse with 429."""
    quota, meters = account.settings.daily_quota, account.meters
    if quota >= 0 and used_today(account) >= quota:
        now = account.now()
        reset = next_midnight(now)
        # The code is public, the words are a GUESS.
        text = "Your account reached its daily API quota. #MS42901"
        headers = {
            **quota_headers(account),
            "x-ratelimit-limit": str(quota),
            "x-ratelimit-remaining": "0",
        }
        note_excess(account)
        raise _refuse_until(text, headers, int(reset.timestamp()), reset - now)
    used_today(account)
    meters.used_today += 1
    return quota_headers(account)


def used_today(account: Account) -> int:
    """Return what the day has used so far; a new UTC day starts at nothing."""
    today = account.now().strftime("%Y-%m-%d")
    if account.meters.day != today:
        account.meters.day, account.meters.used_today = today, 0
    return account.meters.used_today


def remaining_quota(account: Account) -> int:
    """Return what is left of the day; -1 is without limit."""
    quota = account.settings.daily_quota
    return -1 if quota < 0 else max(0, quota - used_today(account))


def quota_headers(account: Account) -> dict[str, str]:
    """Return the quota headers as they stand now."""
    return {
        "x-apiquota-remaining": str(remaining_quota(account)),
        "x-apiquota-reset": write_reset(account.now()),
    }


def take_creation(account: Account, operation: str) -> None:
    """Refuse a creation too soon after the last one, even one that failed validation."""
    seconds = account.settings.creation_throttle_seconds
    now = account.now()
    last = _last_creation(account, operation)
    if last is not None and timedelta(0) <= now - last < timedelta(seconds=seconds):
        raise RefusalError(
            answer_message(
                429,
                "You cannot create a resource at the moment. Please wait a while before retrying.",
            )
        )
    account.meters.last_creations[operation] = now


def _last_creation(account: Account, operation: str) -> datetime | None:
    """Return when one was last made or tried; a webhook's own time counts too, also seeded."""
    tried = account.meters.last_creations.get(operation)
    if not operation.endswith("/webhooks"):
        return tried
    made = max((webhook.created_at for webhook in account.webhooks.values()), default=tried)
    return made if tried is None or (made is not None and made > tried) else tried


def note_excess(account: Account) -> None:
    """Count a refusal for excess: enough of them lead to a warning, more to a suspension.

    That both exist is public, their numbers are not: they are off unless an account sets them.
    """
    rule = account.settings.excessive_use
    if rule is None:
        return
    now = account.now()
    since = now - timedelta(seconds=rule.get("window_seconds", 3600))
    refused = [moment for moment in account.meters.refused_at if since < moment <= now]
    account.meters.refused_at = refused = [*refused, now]
    if len(refused) >= rule.get("suspend", math.inf):
        account.settings.state = "suspended"
    elif len(refused) >= rule.get("warn", math.inf) and account.settings.state == "active":
        account.settings.state = "warned"


def _refuse_until(text: str, headers: dict[str, str], reset: int, wait: timedelta) -> RefusalError:
    answer: Answer = answer_message(429, text)
    answer.headers.update(headers)
    answer.headers["x-ratelimit-remaining"] = "0"
    answer.headers["x-ratelimit-reset"] = str(reset)
    answer.headers["retry-after"] = str(max(1, math.ceil(wait.total_seconds())))
    return RefusalError(answer)
