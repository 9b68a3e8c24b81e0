"""One table that turns the driver's errors into ours."""

import aiohttp
from aiohttp.http import HttpProcessingError

from waypost.base.errors import (
    AddressUnusable,
    ProviderTimedOut,
    ProviderUnreachable,
    WaypostError,
)
from waypost.engine.transport import Deadlines


class AddressRefused(OSError):
    """The host is, or resolves only to, addresses that outgoing calls may not reach."""


# Most specific first: (driver's error, what to say, whether the request may have been sent).
_TRANSLATIONS: tuple[tuple[type[BaseException], str, bool], ...] = (
    (aiohttp.ClientConnectorCertificateError, "The provider's certificate is not valid.", False),
    (aiohttp.ClientConnectorSSLError, "No secure connection to the provider could be made.", False),
    (aiohttp.ClientConnectorError, "The provider refused the connection.", False),
    (
        aiohttp.ServerDisconnectedError,
        "The provider closed the connection without answering.",
        True,
    ),
    (aiohttp.ClientPayloadError, "The provider's answer broke off.", True),
    (aiohttp.ClientResponseError, "The provider's answer is not valid HTTP.", True),
    (HttpProcessingError, "The provider's answer is not valid HTTP.", True),
    (aiohttp.InvalidURL, "The provider's address is not valid.", False),
    (aiohttp.ClientError, "The connection to the provider failed.", True),
    (OSError, "The connection to the provider failed.", True),
)
DRIVER_ERRORS = (aiohttp.ClientError, HttpProcessingError, OSError)
"""What the driver raises besides TimeoutError, which is to be caught before these."""


def translate(error: BaseException) -> WaypostError:
    """Return our error for a driver's; the driver's own text may hold URLs and is dropped."""
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        if isinstance(error.os_error, AddressRefused):
            return refused(error.host)
        return AddressUnusable(
            f"The name {error.host} cannot be resolved here. See this server's DNS, and "
            "WAYPOST_BASE_URLS where the name comes from there.",
            details={"sent": False},
        )
    for kind, message, sent in _TRANSLATIONS:
        if isinstance(error, kind):
            return ProviderUnreachable(message, details={"sent": sent})
    return ProviderUnreachable(details={"sent": True})


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


def timed_out(error: Exception, deadlines: Deadlines, *, first_byte: bool) -> ProviderTimedOut:
    """Return which deadline passed before an answer began."""
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        failure = ProviderTimedOut(deadline="connect", seconds=deadlines.connect)
        failure.details["sent"] = False
        return failure
    if first_byte:
        return ProviderTimedOut(deadline="first_byte", seconds=deadlines.first_byte)
    return ProviderTimedOut(deadline="total", seconds=deadlines.total)


def no_place(connections: int, deadlines: Deadlines) -> ProviderTimedOut:
    """Return that no connection came free: nothing was sent, and the provider is not to blame."""
    failure = ProviderTimedOut(
        f"This server is busy: all its {connections} connections to providers are in use.",
        deadline="connect",
        seconds=deadlines.connect,
    )
    failure.details["sent"] = False
    return failure


def silent(deadlines: Deadlines, *, idle: bool) -> ProviderTimedOut:
    """Return which deadline passed within an answer."""
    if idle:
        return ProviderTimedOut(deadline="idle", seconds=deadlines.idle)
    return ProviderTimedOut(deadline="total", seconds=deadlines.total)
