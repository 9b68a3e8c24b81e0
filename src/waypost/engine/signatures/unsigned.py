"""Webhooks without a signature: the unguessable address is the secret."""


def verify() -> bool:
    """Accept; whoever knew the address has shown all there is to show."""
    return True
