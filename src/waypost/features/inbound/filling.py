"""The back-fill's parts, put together."""

from waypost.features.inbound.absence import Absence
from waypost.features.inbound.backfill import BACKFILL, Backfill
from waypost.features.inbound.receive import Inbound
from waypost.kernel.jobs import Backoff, Handler
from waypost.kernel.kernel import Kernel


def inbound(kernel: Kernel) -> Inbound:
    """Return what takes webhooks in."""
    return Inbound(
        kernel.database,
        accounts=kernel.accounts,
        hooks=kernel.hooks,
        manifests=kernel.manifests,
        events=kernel.events,
        clock=kernel.clock,
        tasks=kernel.tasks,
    )


def backfill(kernel: Kernel) -> Backfill:
    """Return what reads webhooks that did not come."""
    return Backfill(
        kernel.database,
        inbound(kernel),
        accounts=kernel.accounts,
        calls=kernel.calls,
        jobs=kernel.jobs,
        clock=kernel.clock,
    )


def handlers(kernel: Kernel) -> list[Handler]:
    """Return the kinds of work of this room."""
    backoff = Backoff(attempts=12, first=30.0, factor=2.0, most=6 * 3600.0)
    return [Handler(BACKFILL, backfill(kernel).work, lane="syncs", backoff=backoff)]


def absence(kernel: Kernel) -> Absence:
    """Return what notices that nobody was here."""
    return Absence(kernel.database, hooks=kernel.hooks, jobs=kernel.jobs, clock=kernel.clock)
