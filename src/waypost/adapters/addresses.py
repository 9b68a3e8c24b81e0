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
        reserved = any(plain.version == net.version and plain in net for net in _NOT_PUBLIC)
        return plain.is_global and not plain.is_multicast and not reserved


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


_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
# Not for the public internet, though is_global of Python 3.11 thinks so, at least before 3.11.10.
_NOT_PUBLIC: tuple[Network, ...] = (
    ipaddress.IPv4Network("192.0.0.0/24"),
    ipaddress.IPv6Network("::/96"),  # IPv4-compatible, long withdrawn
    ipaddress.IPv6Network("64:ff9b:1::/48"),  # a network's own NAT64
    ipaddress.IPv6Network("3fff::/20"),
    ipaddress.IPv6Network("5f00::/16"),
)
