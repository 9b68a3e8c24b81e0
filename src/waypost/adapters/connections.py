"""Connections to providers, whichever client makes them: how many, and why there is none."""

import resource

from waypost.base.errors import AddressUnusable, ProviderTimedOut, ProviderUnreachable
from waypost.engine.transport import Deadlines

MOST_CONNECTIONS = 1000
"""To all providers together: a limit by provider would let one environment's calls stop all others."""


class AddressRefused(OSError):
    """The host is, or resolves only to, addresses that outgoing calls may not reach."""


def room_for_connections() -> int:
    """Return how many connections to hold: half of the files this process may open is for callers."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST_CONNECTIONS if files < 0 else max(1, min(MOST_CONNECTIONS, files // 2))


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


def unresolved(host: str) -> AddressUnusable:
    """Return that a host's name has no address here."""
    return AddressUnusable(
        f"The name {host} cannot be resolved here. See this server's DNS, and "
        "WAYPOST_BASE_URLS where the name comes from there.",
        details={"sent": False, "resolved": False},
    )


def no_place(connections: int, deadlines: Deadlines) -> ProviderTimedOut:
    """Return that no connection came free: nothing was sent, and the provider is not to blame."""
    failure = ProviderTimedOut(
        f"This server is busy: all its {connections} connections to providers are in use.",
        deadline="connect",
        seconds=deadlines.connect,
    )
    failure.details["sent"] = False
    return failure
