"""Byte-faithful calls: the provider's status, headers and body, streamed both ways."""
