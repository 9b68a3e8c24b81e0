"""Hold our own functions to the time of the evaluation that calls them.

The engine looks at the clock only now and then, counting its own steps; a thousand calls of a
slow function between two looks would outlast any timeout.
"""

from collections.abc import Callable
from functools import wraps
from threading import local
from time import monotonic
from typing import Any


class OutOfTimeError(Exception):
    """The evaluation has used up its seconds."""


class _Clock(local):
    until = 0.0


_clock = _Clock()


def start_clock(seconds: float) -> None:
    """Grant the evaluation that begins now, in this thread, so many seconds."""
    _clock.until = monotonic() + seconds


def within_time(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return `function`, refusing to begin once the time of its evaluation is over."""

    @wraps(function)
    def timed(*arguments: Any) -> Any:
        if monotonic() > _clock.until:
            raise OutOfTimeError
        return function(*arguments)

    return timed
