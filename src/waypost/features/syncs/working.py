"""The durable work of this room."""

from waypost.features.syncs.runs.runner import STEP, WATCH, WATCH_SECONDS, Runner
from waypost.features.syncs.triggers.desk import FIRE, Triggers
from waypost.kernel.jobs import Handler
from waypost.kernel.kernel import Kernel


def handlers(kernel: Kernel) -> list[Handler]:
    """Return the kinds of work of this room."""
    runner = Runner(kernel)
    return [
        Handler(STEP, runner.work, lane="syncs"),
        Handler(FIRE, Triggers(kernel).fire),
        Handler(WATCH, runner.watch, every=WATCH_SECONDS),
    ]
