"""Switching integrations on in an environment, and off with every account they have."""
