"""What was sent and how it ended: sends over HTTP, and why an end is not known."""
