"""Providers' webhooks come in here: verified on the raw bytes, kept, and told as events, once."""
