"""Puts an account's credentials on a request, and obtains tokens by flows that do no I/O themselves."""

from waypost.engine.auth.apply import authorize
from waypost.engine.auth.tokens import Flow, OAuthApp, TokenSet, drive

__all__ = ["Flow", "OAuthApp", "TokenSet", "authorize", "drive"]
