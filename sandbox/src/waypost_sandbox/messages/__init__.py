"""Show accepted messages."""
