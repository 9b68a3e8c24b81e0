"""The credentials that the SMTP relay takes."""
