"""Filter mail that comes in for inbound addresses, and forward it."""
