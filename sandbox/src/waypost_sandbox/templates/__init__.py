"""Keep stored templates."""
