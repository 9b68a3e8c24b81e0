"""The words sender identities refuse with."""

from __future__ import annotations

EMAIL_TAKEN = "The email has already been taken."
# GUESS, both: Laravel's stock words for the documented rules.
NEEDS_REPLY_ADDRESS = "The reply to email field is required when reply to name is present. #MS42209"
NEEDS_NOTE = "The personal note field is required when add note is true. #MS42209"
