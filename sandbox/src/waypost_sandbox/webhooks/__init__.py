"""Keep the places to tell about events, and tell them."""
