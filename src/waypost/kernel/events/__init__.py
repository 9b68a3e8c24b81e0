"""What happened, written once, in the transaction in which it happened."""

from waypost.kernel.events.log import Events, Subscriber
from waypost.kernel.events.store import Event, message_of

__all__ = ["Event", "Events", "Subscriber", "message_of"]
