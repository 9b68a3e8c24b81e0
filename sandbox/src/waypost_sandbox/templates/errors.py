"""The words templates refuse with (GUESS)."""

from __future__ import annotations

TEXT_REQUIRED = "The text field is required when auto generate is not true. #MS42209"
DOMAIN_INVALID = "The selected domain id is invalid."
