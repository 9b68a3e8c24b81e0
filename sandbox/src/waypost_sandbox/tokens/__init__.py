"""Issue, rename, pause and delete API tokens."""
