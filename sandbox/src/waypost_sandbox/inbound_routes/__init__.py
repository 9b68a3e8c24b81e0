"""Inbound routes: which mail is caught, how it is matched and where it goes."""
