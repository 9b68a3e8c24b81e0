"""The rules of analytics: filters, buckets and counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from waypost_sandbox.wire.check import Check, Field, is_known
from waypost_sandbox.wire.times import next_midnight, parse_moment
from waypost_sandbox.world.account import Account
from waypost_sandbox.world.things import Activity, Json

EVENTS = (
    "queued",
    "sent",
    "delivered",
    "soft_bounced",
    "hard_bounced",
    "opened",
    "opened_unique",
    "clicked",
    "clicked_unique",
    "unsubscribed",
    "spam_complaints",
    "survey_opened",
    "survey_submitted",
)
RETENTION = timedelta(days=184)
_OUT_OF_RANGE = "Date selection out of range. Analytics has a 6-months data retention limit."


@dataclass(frozen=True, slots=True)
class Range:
    """The time asked for; its end is moved to the end of its day, as recorded."""

    start: datetime
    end: datetime


def check_range(account: Account, query: Json, check: Check) -> Callable[[], Range]:
    """Check what all four counts share; the range is read once nothing was wrong."""
    start = _check_time(check.field("date_from").required())
    end = _check_time(check.field("date_to").required())
    check.field("recipient_id").array().most_items(50)
    check.field("tags").array()
    if end and end >= next_midnight(account.now()):
        stamp = account.now().strftime("%Y-%m-%d %H:%M:%S")
        check.field("date_to").fail(f"The date_to must be before or equal to {stamp}")
    elif start and end and start > end:
        check.field("date_from").fail("The date from must be a date before date to.")
    elif start and start < account.now() - RETENTION:
        check.field("date_from").fail(_OUT_OF_RANGE)

    def read() -> Range:
        if start is None or end is None:
            raise AssertionError(f"a range that is not there was refused: {query}")
        return Range(start, next_midnight(end) - timedelta(seconds=1))

    return read


def _check_time(field: Field) -> datetime | None:
    if field.is_wrong:
        return None
    moment = parse_moment(field.value)
    if moment is None:
        field.fail(f"The {field.name.replace('_', ' ')} is not a valid date.")
    return moment


def find_rows(account: Account, query: Json, asked: Range) -> list[Activity]:
    """Return the activities to count; ids that are unknown filter nothing."""
    domain_id = query.get("domain_id")
    recipients = [r for r in query.get("recipient_id") or [] if r in account.recipients]
    tags = set(query.get("tags") or [])

    def is_wanted(activity: Activity) -> bool:
        email = account.emails.get(activity.email_id)
        if tags and not tags & set((email.tags if email else None) or ()):
            return False
        return not recipients or (email is not None and email.recipient_id in recipients)

    return [
        activity
        for activity in account.activities.values()
        if asked.start <= activity.created_at <= asked.end + timedelta(seconds=1)
        and (not is_known(domain_id, account.domains) or activity.domain_id == domain_id)
        and is_wanted(activity)
    ]


def count_by_date(account: Account, query: Json) -> Json:
    """Count events in buckets of time, zeros included; times are strings here."""
    check = Check(query)
    read = check_range(account, query, check)
    event = check.field("event")
    if event.value is None:
        event.fail("The event must be an array.")
    event.array().each_of(EVENTS)
    check.field("group_by").one_of(tuple(_STEPS))
    check.refuse_if_wrong()
    asked, group = read(), query.get("group_by") or "days"
    floor, following = _STEPS[group]
    counts = Counter(
        (floor(activity.created_at), activity.type) for activity in find_rows(account, query, asked)
    )
    stats: list[Json] = []
    bucket = floor(asked.start)
    while bucket <= asked.end:
        found = {name: counts[bucket, name] for name in query["event"]}
        stats.append({"date": str(int(bucket.timestamp())), **found})
        bucket = following(bucket)
    return {
        "date_from": str(int(asked.start.timestamp())),
        "date_to": str(int(asked.end.timestamp())),
        "group_by": group,
        "stats": stats,
    }


def count_opens_by(account: Account, query: Json, key: str) -> Json:
    """Count opens by what is known of the reader; times are numbers here."""
    check = Check(query)
    read = check_range(account, query, check)
    check.refuse_if_wrong()
    asked = read()
    counts = Counter(
        str(activity.meta.get(key) or "UNK")
        for activity in find_rows(account, query, asked)
        if activity.type == "opened"
    )
    return {
        "date_from": int(asked.start.timestamp()),
        "date_to": int(asked.end.timestamp()),
        "stats": [{"name": name, "count": count} for name, count in sorted(counts.items())],
    }


def _day(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def _week(moment: datetime) -> datetime:
    return _day(moment) - timedelta(days=moment.weekday())


def _month(moment: datetime) -> datetime:
    return _day(moment).replace(day=1)


def _year(moment: datetime) -> datetime:
    return _month(moment).replace(month=1)


_Step = tuple[Callable[[datetime], datetime], Callable[[datetime], datetime]]
_STEPS: dict[str, _Step] = {
    "days": (_day, lambda bucket: bucket + timedelta(days=1)),
    # Weeks start on the Monday on or before, months on the 1st, as recorded.
    "weeks": (_week, lambda bucket: bucket + timedelta(days=7)),
    "months": (_month, lambda bucket: _month(bucket + timedelta(days=32))),
    "years": (_year, lambda bucket: _year(bucket + timedelta(days=367))),
}
