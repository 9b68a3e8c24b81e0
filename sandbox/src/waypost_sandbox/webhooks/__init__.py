"""Keep the places to tell about events; deliver nothing yet."""
