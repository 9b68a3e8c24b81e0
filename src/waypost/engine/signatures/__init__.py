"""Says whether a provider's webhook is genuine: constant time, a list of secrets, never an exception."""
