"""The words webhooks refuse with."""

from __future__ import annotations

URL_TAKEN = "The url has already been taken."
DOMAIN_REQUIRED = "The domain id field is required. #MS42209"
BAD_URL = "The url must be a valid URL."  # GUESS
PING_FAILED = "The url must answer a test request with a successful status."  # GUESS
