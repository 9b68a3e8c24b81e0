"""The commands: serve and migrate work here, the rest speak HTTP to a running server."""
