"""A flood of events through endpoints that fail, while processes are killed: nothing may be lost."""
