"""The words email verification refuses with."""

from __future__ import annotations

from waypost_sandbox.wire.answer import RefusalError, answer_json

UPLOADING = (
    "The email addresses are still being uploaded, wait for the upload to finish to continue."
)
LIST_INVALID = "The selected list id is invalid."  # GUESS


def refuse_credits(count: int) -> RefusalError:
    """Refuse for want of credits."""
    text = f"Not enough credits. Credits required: {count}"
    return RefusalError(answer_json({"message": text}, 402))
