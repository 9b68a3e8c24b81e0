"""Any path of a provider, relative to its base URL, with JSON answers in the envelope."""
