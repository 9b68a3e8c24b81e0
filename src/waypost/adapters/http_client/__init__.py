"""The transport on aiohttp: one pool, the address guard, deadlines, and no driver's error outside."""

from waypost.adapters.http_client.client import HttpClient

__all__ = ["HttpClient"]
