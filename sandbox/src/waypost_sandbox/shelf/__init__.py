"""Read back what was seeded of kinds that have no rules yet."""
