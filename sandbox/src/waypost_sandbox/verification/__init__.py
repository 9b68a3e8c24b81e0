"""Verify addresses: one at once, one later, or a list, on the clock."""
