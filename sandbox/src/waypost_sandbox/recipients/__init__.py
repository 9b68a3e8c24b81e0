"""Show and delete the addresses that domains have written to."""
