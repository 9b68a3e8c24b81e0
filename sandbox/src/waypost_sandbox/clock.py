"""Time, read in one place, and a clock that can be frozen and turned."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


def read_system_time() -> datetime:
    """Return the machine's own time in UTC."""
    return datetime.now(UTC)  # noqa: TID251 - this is the sandbox's one reader of real time


class Clock:
    """Tell one account's time, which may stand still or run ahead."""

    def __init__(self) -> None:
        self._frozen: datetime | None = None
        self._ahead = timedelta(0)

    @property
    def frozen(self) -> bool:
        """Say whether this clock stands still."""
        return self._frozen is not None

    def now(self) -> datetime:
        """Return this clock's present moment."""
        return self._frozen if self._frozen is not None else read_system_time() + self._ahead

    def read_setting(self) -> tuple[datetime | None, timedelta]:
        """Return where it stands still, if it does, and how far ahead it runs."""
        return self._frozen, self._ahead

    @classmethod
    def from_setting(cls, frozen: datetime | None, ahead: timedelta) -> Clock:
        """Make a clock as another one was set."""
        clock = cls()
        clock._frozen, clock._ahead = frozen, ahead
        return clock

    def freeze(self, moment: datetime) -> None:
        """Stand still at the given moment."""
        self._frozen = moment

    def resume(self) -> None:
        """Run again, on the machine's own time."""
        self._frozen = None
        self._ahead = timedelta(0)

    def advance(self, seconds: float) -> None:
        """Move ahead; a frozen clock stays frozen, a running one runs on."""
        step = timedelta(seconds=seconds)
        if self._frozen is not None:
            self._frozen += step
        else:
            self._ahead += step
