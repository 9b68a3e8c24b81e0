"""Suppressions over HTTP and as CSV, fed by what providers tell and kept alike on both sides."""
