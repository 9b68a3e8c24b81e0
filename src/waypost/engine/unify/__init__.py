"""A unified method as provider calls and back; sending is handed in, nothing is remembered."""

from waypost.engine.unify.apart import run_method_apart
from waypost.engine.unify.conform import Misfit, conform
from waypost.engine.unify.records import Position, UnifiedPage, list_records
from waypost.engine.unify.refusal import reworded
from waypost.engine.unify.scope import Ask, Fetched, Mapped, Send
from waypost.engine.unify.single import run_single

__all__ = [
    "Ask",
    "Fetched",
    "Mapped",
    "Misfit",
    "Position",
    "Send",
    "UnifiedPage",
    "conform",
    "list_records",
    "reworded",
    "run_method_apart",
    "run_single",
]
