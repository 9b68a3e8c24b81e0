"""What can go wrong between us and a provider, in our words; a driver's own text is dropped."""

import socket
import ssl

from waypost.adapters.connections import AddressRefused, refused, unresolved
from waypost.base.errors import (
    ProviderTimedOut,
    ProviderUnreachable,
    WaypostError,
)
from waypost.engine.transport import Deadlines

# Most specific first: what a connection attempt raised, and what to say; nothing was sent.
_NOT_CONNECTED: tuple[tuple[type[BaseException], str], ...] = (
    (ssl.SSLCertVerificationError, "The provider's certificate is not valid."),
    (ssl.SSLError, "No secure connection to the provider could be made."),
    (OSError, "The provider refused the connection."),
)


def not_connected(error: BaseException, host: str) -> WaypostError:
    """Return our error for a connection that was not made."""
    if isinstance(error, AddressRefused):
        return refused(host)
    if isinstance(error, socket.gaierror | UnicodeError):
        return unresolved(host)
    for kind, message in _NOT_CONNECTED:
        if isinstance(error, kind):
            return ProviderUnreachable(message, details={"sent": False})
    return ProviderUnreachable("The provider refused the connection.", details={"sent": False})


def dropped() -> ProviderUnreachable:
    """Return that the connection ended before an answer began."""
    message = "The provider closed the connection without answering."
    return ProviderUnreachable(message, details={"sent": True})


def broken_off() -> ProviderUnreachable:
    """Return that the connection ended within an answer."""
    return ProviderUnreachable("The provider's answer broke off.", details={"sent": True})


def no_http() -> ProviderUnreachable:
    """Return that an answer is not HTTP."""
    message = "The provider's answer is not valid HTTP."
    return ProviderUnreachable(message, details={"sent": True})


def late(deadlines: Deadlines, which: str) -> ProviderTimedOut:
    """Return which deadline passed: connect, first_byte, idle or total."""
    failure = ProviderTimedOut(deadline=which, seconds=getattr(deadlines, which))
    if which == "connect":
        failure.details["sent"] = False
    return failure
