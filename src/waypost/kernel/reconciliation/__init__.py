"""How sends ended that got no answer: found out from the provider's own list, never by sending."""
