"""Keep the account's people and the invites to join it."""
