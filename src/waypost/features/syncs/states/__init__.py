"""What outlives a run: cells of state, by a namespace and a key."""
