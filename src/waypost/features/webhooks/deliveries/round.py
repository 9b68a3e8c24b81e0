"""One round of sending to an endpoint, as data: what is sent in which order, and what became of it."""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from waypost.base.clock import monotonic
from waypost.base.secret import Secret
from waypost.features.webhooks.deliveries.schedule import MOST_SILENCES
from waypost.features.webhooks.deliveries.store import Attempt, WebhookDelivery
from waypost.features.webhooks.store import Webhook
from waypost.kernel.events import Event


@dataclass(slots=True)
class Ending:
    """What became of one delivery: its attempt, if one was made, and when it is due again."""

    delivery: WebhookDelivery
    state: str
    attempt: Attempt | None = None
    next_at: float | None = None


@dataclass(slots=True)
class Round:
    """One job: what it has to send, to whom, and what became of it so far."""

    webhook: Webhook
    secrets: Sequence[Secret]
    events: Mapping[str, Event]
    chains: deque[list[WebhookDelivery]]
    ends_at: float
    endings: list[Ending] = field(default_factory=list)
    silences: int = 0
    is_gone: bool = False

    @property
    def is_over(self) -> bool:
        """Say whether nothing more is to be begun."""
        return self.is_gone or self.is_tired or monotonic() >= self.ends_at

    @property
    def is_tired(self) -> bool:
        """Say whether the endpoint does not answer at all."""
        return self.silences >= MOST_SILENCES

    def is_any(self, state: str) -> bool:
        """Say whether an attempt ended so."""
        return any(each.state == state and each.attempt is not None for each in self.endings)


def alike(endings: Iterable[Ending]) -> list[tuple[dict[str, Any], list[str]]]:
    """Return the changes of deliveries, with the ids of those that share them."""
    found: dict[tuple[str, int, float | None], list[str]] = {}
    for each in endings:
        tried = each.delivery.attempts if each.attempt is None else each.attempt.number
        found.setdefault((each.state, tried, each.next_at), []).append(each.delivery.id)
    return [
        ({"state": state, "attempts": tried, "next_at": at}, ids)
        for (state, tried, at), ids in found.items()
    ]


def chains_of(
    due: Sequence[WebhookDelivery],
    others: Sequence[WebhookDelivery],
    places: Mapping[str, int],
) -> list[list[WebhookDelivery]]:
    """Return what is sent one after the other: each delivery alone, but those of one order together.

    `others` are all that wait in the orders of `due`; `places` say in which order events happened.
    """
    alone = [[each] for each in due if each.order_key is None]
    ordered: dict[str, list[WebhookDelivery]] = {}
    for each in sorted(others, key=lambda one: places.get(one.event_id, -1)):
        ordered.setdefault(str(each.order_key), []).append(each)
    return [*alone, *ordered.values()]


__all__ = ["Ending", "Round", "alike", "chains_of"]
