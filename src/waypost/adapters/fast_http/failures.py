"""What can go wrong between us and a provider, in our words; a driver's own text is dropped."""

import socket
import ssl

from waypost.base.errors import ProviderTimedOut, ProviderUnreachable
from waypost.engine.transport import Deadlines


class AddressRefused(OSError):
    """The name resolves only to addresses that outgoing calls may not reach."""


# Most specific first: what a connection attempt raised, and what to say; nothing was sent.
_NOT_CONNECTED: tuple[tuple[type[BaseException], str], ...] = (
    (AddressRefused, "The provider's name resolves to an address that calls may not reach."),
    (ssl.SSLCertVerificationError, "The provider's certificate is not valid."),
    (ssl.SSLError, "No secure connection to the provider could be made."),
    (socket.gaierror, "The provider's name could not be resolved."),
    (UnicodeError, "The provider's name could not be resolved."),
    (OSError, "The provider refused the connection."),
)


def not_connected(error: BaseException) -> ProviderUnreachable:
    """Return our error for a connection that was not made."""
    for kind, message in _NOT_CONNECTED:
        if isinstance(error, kind):
            return ProviderUnreachable(message, details={"sent": False})
    return ProviderUnreachable("The provider refused the connection.", details={"sent": False})


def bad_address() -> ProviderUnreachable:
    """Return that an address is none that can be called."""
    return ProviderUnreachable("The provider's address is not valid.", details={"sent": False})


def literal_refused(host: str) -> ProviderUnreachable:
    """Return that an address, named as such, may not be called."""
    return ProviderUnreachable(
        f"The address {host} is not one that outgoing calls may reach "
        "(the operator can allow it with WAYPOST_ALLOW_ADDRESSES).",
        details={"sent": False},
    )


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


def no_place(connections: int, deadlines: Deadlines) -> ProviderTimedOut:
    """Return that no connection came free: nothing was sent, and the provider is not to blame."""
    failure = ProviderTimedOut(
        f"This server is busy: all its {connections} connections to providers are in use.",
        deadline="connect",
        seconds=deadlines.connect,
    )
    failure.details["sent"] = False
    return failure
