"""Understands manifests and calls; knows no database, no web framework, no tenant, no provider."""
