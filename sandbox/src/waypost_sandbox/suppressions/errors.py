"""The words suppressions refuse with."""

from __future__ import annotations

DOMAIN_REQUIRED = "The domain id field is required. #MS42209"
DOMAIN_INVALID = "The selected domain id is invalid."
NEEDS_IDS_OR_ALL = "The ids field is required when all is not present. #MS42209"
NEEDS_RECIPIENTS_OR_PATTERNS = (
    "The recipients field is required when patterns is not present. #MS42209"
)
BAD_PATTERN = "The {name} format is invalid."
