"""Which addresses outgoing calls may reach: public ones, and the networks an operator allows."""

import ipaddress
from collections.abc import Iterable

from waypost.base.errors import SettingInvalid

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class AddressGuard:
    """Decide on resolved addresses, so that the one that was checked is the one that is dialled."""

    def __init__(self, allowed: Iterable[str] = ()) -> None:
        self._allowed: tuple[Network, ...] = tuple(_network(text) for text in allowed)

    def permits(self, address: str) -> bool:
        """Return whether `address` (an IP literal, scope id aside) may be dialled."""
        try:
            parsed = ipaddress.ip_address(address.partition("%")[0])
        except ValueError:
            return False
        plain = _unwrap(parsed)
        if any(plain.version == net.version and plain in net for net in self._allowed):
            return True
        return _is_public(plain)


def _is_public(address: Address) -> bool:
    if any(address.version == net.version and address in net for net in _NOT_PUBLIC):
        return False
    if isinstance(address, ipaddress.IPv6Address):
        inner = _inside_isatap(address)
        if address not in _GLOBAL_UNICAST or (inner is not None and not _is_public(inner)):
            return False
    return address.is_global and not address.is_multicast


def _network(text: str) -> Network:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise SettingInvalid(
            f"WAYPOST_ALLOW_ADDRESSES: {text!r} is not an address or network (such as 127.0.0.0/8)."
        ) from None


def _unwrap(address: Address) -> Address:
    """Return the IPv4 address inside mapped, 6to4, Teredo and NAT64 forms: they reach it."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def _inside_isatap(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """Return what an ISATAP router (RFC 5214) would send on to, under any prefix."""
    middle = int(address) >> 32 & 0xFFFFFFFF
    return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF) if middle in _ISATAP else None


_ISATAP = (0x00005EFE, 0x02005EFE)
_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
"""All that was ever given out; is_global counts old site-local and translated addresses too."""
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
# Not for the public internet, though is_global of Python 3.11 thinks so, at least before 3.11.10.
_NOT_PUBLIC: tuple[Network, ...] = (
    ipaddress.IPv4Network("192.0.0.0/24"),
    ipaddress.IPv4Network("192.88.99.0/24"),  # relays of 6to4, withdrawn
    ipaddress.IPv4Network("168.63.129.16/32"),  # Azure's own services for its machines
    ipaddress.IPv6Network("3fff::/20"),
)
