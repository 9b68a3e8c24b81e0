"""The functions an expression may call besides JSONata's own."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class ExtraFunction:
    """One function: what it does (for the reference), its JSONata signature, its implementation."""

    summary: str
    implementation: Callable[..., Any]
    signature: str | None = None


FUNCTIONS: dict[str, ExtraFunction] = {}
"""By name, without the `$`."""
