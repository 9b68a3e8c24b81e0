"""Where a customer wants to hear of events: endpoints, what they hear, and the secret that signs it."""
