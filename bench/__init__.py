"""Measurements side by side in one run, against nginx and plain FastAPI + httpx."""
