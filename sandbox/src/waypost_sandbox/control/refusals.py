"""How the control plane says no: plainly, and with the word that was probably meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from waypost_sandbox.wire.answer import RefusalError, answer_json


def refuse_control(
    message: str, given: str | None = None, known: Iterable[str] = (), status: int = 422
) -> RefusalError:
    """Refuse a control call; name the nearest known word when one was mistaken."""
    choices = list(known)
    if given is not None and choices:
        near = difflib.get_close_matches(given, choices, n=1, cutoff=0.0)
        message = f"{message}; the nearest known is {near[0]!r}"
    return RefusalError(answer_json({"message": message, "known": choices or None}, status))
