"""Platform and sandbox turned together: one moment, read from a file here and told to accounts there."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from tests.support.sandbox import SandboxAccount


class TurnedWorld:
    """The one helper that moves every clock; both stand still between two turns.

    `file` is what `WAYPOST_TEST_CLOCK` names. Accounts of a sandbox have clocks of their own and
    go first, so that what becomes due there is done when the platform wakes.
    """

    def __init__(self, file: Path, accounts: Sequence[SandboxAccount] = (), *, at: float) -> None:
        self.file = file
        self.accounts = list(accounts)
        self.at = at
        self.turn_to(at)

    def turn(self, seconds: float) -> None:
        """Move everybody's time forward."""
        self.turn_to(self.at + seconds)

    def turn_to(self, at: float) -> None:
        """Set everybody's time, in Unix seconds."""
        self.at = at
        moment = datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")
        for account in self.accounts:
            account.freeze(moment)
        # Never half written: the platform's processes read it whenever they like.
        beside = self.file.with_suffix(".new")
        beside.write_text(f"{at:.3f}")
        beside.replace(self.file)
