"""What was called, for whom and how it went: call records over HTTP, newest first."""
