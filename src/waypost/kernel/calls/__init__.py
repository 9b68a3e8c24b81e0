"""The one way out to providers: account, secret, budget, rings, side effects, call record."""
