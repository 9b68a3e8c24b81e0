"""The parts of this room, put together."""

from collections.abc import Callable
from dataclasses import dataclass

from waypost.base.asgi import Answer
from waypost.base.clock import Clock
from waypost.base.database import Database
from waypost.base.errors import WaypostError
from waypost.base.tasks import BackgroundTasks
from waypost.kernel.sends.ledger import Ledger
from waypost.kernel.sends.outbox import Outbox
from waypost.kernel.sends.repeats import Repeats
from waypost.kernel.vault import Vault


@dataclass(frozen=True, slots=True)
class SendSettings:
    """What an operator chose about sends: seconds that answers are kept, bytes of one."""

    keep_seconds: float = 24 * 3600.0
    most_kept: int = 64 * 1024


@dataclass(frozen=True, slots=True)
class Sends:
    """One process's outbox, and its answers kept under keys."""

    ledger: Ledger
    outbox: Outbox
    repeats: Repeats


def build_sends(
    database: Database,
    tasks: BackgroundTasks,
    vault: Vault,
    clock: Clock,
    *,
    problem: Callable[[WaypostError], Answer],
    settings: SendSettings | None = None,
) -> Sends:
    """Put the room together; `problem` writes the answer that a raised error gets."""
    chosen = settings or SendSettings()
    ledger = Ledger(database, tasks)
    outbox = Outbox(ledger, vault, clock=clock)
    repeats = Repeats(
        database,
        ledger,
        outbox,
        vault,
        clock=clock,
        problem=problem,
        keep_seconds=chosen.keep_seconds,
        most_kept=chosen.most_kept,
    )
    return Sends(ledger, outbox, repeats)
