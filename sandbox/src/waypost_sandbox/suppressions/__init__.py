"""Keep the lists of addresses not to write to."""
