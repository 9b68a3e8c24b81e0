"""Watch domains' DMARC records and read the reports that receivers send."""
