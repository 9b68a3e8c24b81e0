"""What one rendering may cost; a template is a stranger's program."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

# Steps, for one text and one recipient; writing costs a step for every few characters.
MOST = 1_000_000
_CHARACTERS_PER_STEP = 16


class TwigError(ValueError):
    """Say that a template does not compile, or cannot be rendered."""


class _Tank:
    __slots__ = ("left",)

    def __init__(self, left: int) -> None:
        self.left = left


_TANK: ContextVar[_Tank | None] = ContextVar("twig_fuel", default=None)


@contextmanager
def limit_cost(most: int = MOST) -> Iterator[None]:
    """Let what happens inside spend so much; more raises TwigError, as does deep nesting."""
    token = _TANK.set(_Tank(most))
    try:
        yield
    except RecursionError:
        raise TwigError("it is nested too deeply") from None
    finally:
        _TANK.reset(token)


def spend(steps: int = 1, *, written: int = 0) -> None:
    """Use up fuel for steps, and for characters written."""
    tank = _TANK.get()
    if tank is None:
        return
    tank.left -= steps + written // _CHARACTERS_PER_STEP
    if tank.left < 0:
        raise TwigError("it takes too long")
