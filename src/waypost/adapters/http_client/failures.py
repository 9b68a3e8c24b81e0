"""One table that turns the driver's errors into ours."""

import aiohttp
from aiohttp.http import HttpProcessingError

from waypost.adapters.connections import AddressRefused, refused, unresolved
from waypost.base.errors import (
    ProviderTimedOut,
    ProviderUnreachable,
    WaypostError,
)
from waypost.engine.transport import Deadlines

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
        return unresolved(error.host)
    for kind, message, sent in _TRANSLATIONS:
        if isinstance(error, kind):
            return ProviderUnreachable(message, details={"sent": sent})
    return ProviderUnreachable(details={"sent": True})


def timed_out(error: Exception, deadlines: Deadlines, *, first_byte: bool) -> ProviderTimedOut:
    """Return which deadline passed before an answer began."""
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        failure = ProviderTimedOut(deadline="connect", seconds=deadlines.connect)
        failure.details["sent"] = False
        return failure
    if first_byte:
        return ProviderTimedOut(deadline="first_byte", seconds=deadlines.first_byte)
    return ProviderTimedOut(deadline="total", seconds=deadlines.total)


def silent(deadlines: Deadlines, *, idle: bool) -> ProviderTimedOut:
    """Return which deadline passed within an answer."""
    if idle:
        return ProviderTimedOut(deadline="idle", seconds=deadlines.idle)
    return ProviderTimedOut(deadline="total", seconds=deadlines.total)
