"""Keep sending domains, their settings, DNS records and verification."""
