"""Executions of sync jobs: a page at a time, checkpointed after each, taken up where they stopped."""
