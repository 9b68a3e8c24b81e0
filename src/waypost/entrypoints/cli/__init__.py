"""The commands: serve, migrate, check an integration's folder, rotate the vault's key."""
