"""What can go wrong between us and a provider, in our words; a driver's own text is dropped."""

import socket
import ssl

from waypost.base.errors import (
    AddressUnusable,
    ProviderTimedOut,
    ProviderUnreachable,
    WaypostError,
)
from waypost.engine.transport import Deadlines


class AddressRefused(OSError):
    """The host is, or resolves only to, addresses that outgoing calls may not reach."""


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
        return AddressUnusable(
            f"The name {host} cannot be resolved here. See this server's DNS, and "
            "WAYPOST_BASE_URLS where the name comes from there.",
            details={"sent": False},
        )
    for kind, message in _NOT_CONNECTED:
        if isinstance(error, kind):
            return ProviderUnreachable(message, details={"sent": False})
    return ProviderUnreachable("The provider refused the connection.", details={"sent": False})


def bad_address() -> ProviderUnreachable:
    """Return that an address is none that can be called."""
    return ProviderUnreachable("The provider's address is not valid.", details={"sent": False})


def refused(host: str) -> AddressUnusable:
    """Return that calls may not reach this host: only the operator can change that."""
    return AddressUnusable(
        f"{host} is on a private or reserved network, which calls may not reach unless "
        "WAYPOST_ALLOW_ADDRESSES names it.",
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
