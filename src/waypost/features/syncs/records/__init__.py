"""The records that syncs keep: what is new, what changed, what is there no more."""
