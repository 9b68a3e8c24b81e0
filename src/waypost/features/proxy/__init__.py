"""Every method of a provider's API by resource name, native fields, one list envelope."""
