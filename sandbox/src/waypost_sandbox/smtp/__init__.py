"""Take mail over SMTP: to be sent by those who sign in, and for inbound addresses."""
