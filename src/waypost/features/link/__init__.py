"""Linking: link tokens, and the hosted page where an account is connected, checked and made active."""
