"""Waypost: link your customers' accounts and call their providers through one API."""

__version__ = "0.1.0"
