"""WhatsApp messages from templates, and what became of them, as far as clients know."""
