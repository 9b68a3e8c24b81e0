"""Unified models switched on in an environment, and what it changes about their mappings."""
