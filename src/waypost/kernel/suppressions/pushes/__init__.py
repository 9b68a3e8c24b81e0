"""What of ours stands on providers' lists: put there, taken off, and told from their own."""
