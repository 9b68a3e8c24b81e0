"""The webhooks we have at providers: where each arrives, what verifies it, how it stands."""

from waypost.kernel.hooks.directory import Hooks
from waypost.kernel.hooks.store import Hook

__all__ = ["Hook", "Hooks"]
