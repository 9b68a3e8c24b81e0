"""Verified single addresses: create, confirm, change and delete them."""
