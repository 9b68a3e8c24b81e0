"""Every kind of durable work this program does, in one list."""

from collections.abc import Mapping
from typing import Any

from waypost.features.inbound.filling import absence
from waypost.features.inbound.filling import handlers as inbound_handlers
from waypost.features.provider_hooks.occasions import Occasions
from waypost.features.suppressions.hearing import listen as hear_suppressions
from waypost.features.suppressions.pulling import handlers as pull_handlers
from waypost.features.suppressions.pulling import listen as pull_of_linked
from waypost.features.suppressions.pushing import handlers as push_handlers
from waypost.features.suppressions.pushing import listen as push_changes
from waypost.features.syncs.working import handlers as sync_handlers
from waypost.features.webhooks.delivering import handlers as webhook_handlers
from waypost.features.webhooks.delivering import listen
from waypost.kernel.jobs import Handler
from waypost.kernel.kernel import Kernel

_DAY = 86_400.0


def work(kernel: Kernel) -> list[Handler]:
    """Return every feature's handlers, and the kernel's own upkeep."""
    return [
        Handler("events.forget", _forget_events(kernel), every=_DAY),
        *webhook_handlers(kernel),
        *inbound_handlers(kernel),
        *Occasions(kernel).handlers(),
        *pull_handlers(kernel),
        *push_handlers(kernel),
        *sync_handlers(kernel),
    ]


def subscribe(kernel: Kernel) -> None:
    """Have every feature hear the events it acts on."""
    listen(kernel)
    hear_suppressions(kernel)
    pull_of_linked(kernel)
    push_changes(kernel)
    Occasions(kernel).listen()


async def start_up(kernel: Kernel) -> None:
    """Have begun what every start begins; raises StorageUnavailable."""
    await Occasions(kernel).start_up()
    kernel.tasks.start(absence(kernel).run(), name="notice absences")


def _forget_events(kernel: Kernel) -> Any:
    async def forget(_payload: Mapping[str, Any]) -> None:
        days = kernel.settings.keep_events_days
        await kernel.events.forget(kernel.clock.now() - days * _DAY)

    return forget
