"""Our webhooks at providers: made when an account is linked, kept as they should be, removed with it."""
