"""What a sync job is: its nodes, checked before anything runs, and the templates that come with us."""
