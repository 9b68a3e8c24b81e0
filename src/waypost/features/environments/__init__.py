"""Environments and their API tokens over HTTP, with the one team and the one user this server has."""
