"""Be a MailerSend that runs on a laptop, warts included; never import the platform."""

__version__ = "0.1.0"
