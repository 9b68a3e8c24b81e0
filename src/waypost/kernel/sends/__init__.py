"""Sends that cannot double: written down before they leave, ended once, answered again by their key."""
