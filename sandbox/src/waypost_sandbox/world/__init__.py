"""Hold everything the sandbox remembers, as plain values, one world per account."""
