"""Shape the things that several resource groups show."""
