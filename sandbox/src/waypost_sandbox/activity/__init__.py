"""Show what happened to emails."""
