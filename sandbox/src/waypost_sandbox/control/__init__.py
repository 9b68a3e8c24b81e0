"""Serve everything that is not MailerSend's, under /_sandbox."""
