"""What a tenant says of pushing its suppressions to its accounts."""
