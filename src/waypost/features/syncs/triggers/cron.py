"""Cron expressions of five fields: minute, hour, day of the month, month, day of the week; in UTC."""

from datetime import UTC, datetime

from cronsim import CronSim, CronSimError

from waypost.base.errors import InvalidRequest

FIELDS = 5


def next_after(expression: str, at: float) -> float:
    """Return the first moment after `at` (Unix seconds) that an expression means.

    Raises InvalidRequest for one that cannot be read, or that never comes.
    """
    if len(expression.split()) != FIELDS or len(expression) > 200:
        raise InvalidRequest(
            f"cron_expression: it has {FIELDS} fields (minute, hour, day of the month, month, day "
            "of the week), such as '0 */6 * * *'"
        )
    try:
        moments = CronSim(expression, datetime.fromtimestamp(at, UTC))
    except CronSimError as error:
        said = str(error)
        raise InvalidRequest(f"cron_expression: {said[:1].lower()}{said[1:]}") from None
    try:
        return next(moments).timestamp()
    except StopIteration:
        raise InvalidRequest("cron_expression: such a moment never comes") from None


__all__ = ["next_after"]
