"""Connect to a provider: the address that was checked is the one that is dialled."""

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import urlsplit

from waypost.adapters.connections import AddressRefused, bad_address, refused
from waypost.adapters.fast_http import failures
from waypost.adapters.fast_http.secured import SecureTransport, shake_hands
from waypost.base.clock import monotonic
from waypost.base.errors import WaypostError

KEPT_SECONDS = 30.0
MOST_NAMES = 1024

P = TypeVar("P", bound=asyncio.Protocol)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a provider is: a host as it is dialled, and as the Host header names it."""

    host: str
    port: int
    is_secure: bool
    named: bytes


def place_of(origin: str) -> Place:
    """Read `scheme://host[:port]`; raises ProviderUnreachable for what is none."""
    try:
        parts = urlsplit(origin)
        host, port = parts.hostname or "", parts.port
        if not host.isascii():
            host = host.encode("idna").decode()
    except ValueError:
        raise bad_address() from None
    is_secure = parts.scheme == "https"
    odd = "@" in parts.netloc or parts.path or parts.query or parts.fragment
    if odd or not host or parts.scheme not in ("http", "https") or not _is_clean(host):
        raise bad_address()
    usual = 443 if is_secure else 80
    shown = f"[{host}]" if ":" in host else host
    named = shown if port in (None, usual) else f"{shown}:{port}"
    return Place(host, usual if port is None else port, is_secure, named.encode())


def _is_clean(host: str) -> bool:
    return all("\x21" <= letter <= "\x7e" and letter not in "/\\?#@" for letter in host)


class Dialer:
    """Resolve names, keep what may be reached, and connect to exactly that."""

    def __init__(self, permits: Callable[[str], bool], context: ssl.SSLContext | None) -> None:
        self._permits = permits
        self._context = context
        self._names: dict[tuple[str, int], tuple[float, list[str]]] = {}

    def check(self, place: Place) -> None:
        """Raise AddressUnusable for an address, named as such, that may not be reached."""
        host = place.host
        numeric = host.replace(".", "").isdigit() or ":" in host or host.lower().startswith("0x")
        if numeric and not self._permits(host):
            raise refused(host)

    async def dial(self, place: Place, protocol: Callable[[], P]) -> P:
        """Return a connected protocol; raises ProviderUnreachable, AddressUnusable."""
        failure: BaseException = OSError()
        try:
            for address in await self._addresses(place):
                try:
                    return await self._connect(place, address, protocol)
                except OSError as error:
                    failure = error
        except (OSError, UnicodeError) as error:
            failure = error
        raise _without_context(failures.not_connected(failure, place.host))

    async def _connect(self, place: Place, address: str, protocol: Callable[[], P]) -> P:
        loop = asyncio.get_running_loop()
        if not place.is_secure:
            return (await loop.create_connection(protocol, address, place.port))[1]
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        plain = socket.socket(family, socket.SOCK_STREAM)
        try:
            plain.setblocking(False)
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            await loop.sock_connect(plain, (address, place.port))
        except BaseException:
            plain.close()
            raise
        secure = await shake_hands(loop, plain, self._tls(), place.host)
        made = protocol()
        SecureTransport(loop, secure, made)
        return made

    def _tls(self) -> ssl.SSLContext:
        if self._context is None:
            self._context = ssl.create_default_context()
            self._context.set_alpn_protocols(["http/1.1"])
        return self._context

    async def _addresses(self, place: Place) -> list[str]:
        try:
            return [str(ipaddress.ip_address(place.host))]  # checked, when its origin was met
        except ValueError:
            pass
        key, now = (place.host, place.port), monotonic()
        kept = self._names.get(key)
        if kept is not None and kept[0] > now:
            return kept[1]
        found = await asyncio.get_running_loop().getaddrinfo(
            place.host, place.port, type=socket.SOCK_STREAM
        )
        permitted = [str(each[4][0]) for each in found if self._permits(str(each[4][0]))]
        if found and not permitted:
            raise AddressRefused(place.host)
        if len(self._names) >= MOST_NAMES:
            self._names.clear()
        self._names[key] = (now + KEPT_SECONDS, permitted)
        return permitted


def _without_context(error: WaypostError) -> WaypostError:
    error.__context__ = error.__cause__ = None
    return error
