"""Kill the platform at every step of a send, then compare its books with the sandbox's outbox."""
