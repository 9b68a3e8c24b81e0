"""Watch domains and addresses for public blocklists that name them."""
