"""What happened to one message, in order: our send, the provider's answer, every event about it."""
