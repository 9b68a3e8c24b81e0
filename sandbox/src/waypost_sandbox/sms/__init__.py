"""Text messages: sending, numbers, recipients, webhooks and inbound routes."""
