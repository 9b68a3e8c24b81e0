"""Linked accounts over HTTP: read, imported, changed, checked, deleted; and the tenants they belong to."""
