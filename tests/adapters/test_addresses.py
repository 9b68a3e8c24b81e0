import pytest

from waypost.adapters.addresses import AddressGuard
from waypost.base.errors import SettingInvalid


@pytest.mark.parametrize(
    "address",
    ["8.8.8.8", "1.1.1.1", "2606:4700::1111", "2002:808:808::1", "2001:470::5efe:8.8.8.8"],
)
def test_public_addresses_are_reached(address: str) -> None:
    assert AddressGuard().permits(address)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "0.0.0.0",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",  # where clouds keep their machines' credentials
        "100.64.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "fe80::1%eth0",
        "fd00::1",
        "ff02::1",
        "::ffff:127.0.0.1",  # IPv4 in IPv6's clothes, four ways
        "2002:7f00:1::",
        "64:ff9b::10.0.0.1",
        "64:ff9b:1::10.0.0.1",
        "::127.0.0.1",
        "192.0.0.9",
        "2001:0:4136:e378:8000:63bf:f5ff:fffe",  # Teredo client 10.0.0.1
        "2002:a9fe:a9fe::",
        "64:ff9b::169.254.169.254",
        "::ffff:0:127.0.0.1",  # translated (RFC 2765), which Python takes for global
        "2001:470::5efe:10.0.0.1",  # ISATAP, of either kind
        "2001:470::200:5efe:10.0.0.1",
        "fec0::1",  # site-local of old, which Python takes for global
        "fd00:ec2::254",  # the same as 169.254.169.254, by IPv6
        "100.100.100.200",
        "192.0.0.192",
        "168.63.129.16",
        "192.88.99.1",
        "198.18.0.1",
        "203.0.113.1",
        "240.0.0.1",
        "100::1",
        "2001:db8::1",
        "3fff::1",
        "4000::1",  # nobody's yet
        "5f00::1",
    ],
)
def test_inner_addresses_are_not(address: str) -> None:
    assert not AddressGuard().permits(address)


@pytest.mark.parametrize(
    "text",
    [
        *("", "localhost", "127.1", "0x7f.0.0.1", "2130706433", "0177.0.0.1", "1.2.3.4:80"),
        *("1.2.3.4.", " 1.2.3.4", "1.2.3.4/32", "[::1]", "\uff11.2.3.4", "1\u30022\u30023\u30024"),
    ],
)
def test_what_is_no_address_is_not_reached(text: str) -> None:
    assert not AddressGuard(["0.0.0.0/0", "::/0"]).permits(text)


def test_an_allowed_network_is_no_way_to_another_in_ipv6_clothes() -> None:
    guard = AddressGuard(["2000::/3", "127.0.0.2/32"])
    assert not guard.permits("2002:7f00:1::")
    assert guard.permits("2002:7f00:2::")
    assert not guard.permits("64:ff9b::127.0.0.1")


def test_operator_opens_networks_of_each_kind() -> None:
    guard = AddressGuard(["127.0.0.0/8", "::1", "10.1.0.5/16"])
    assert guard.permits("127.8.9.1")
    assert guard.permits("::ffff:127.0.0.1")
    assert guard.permits("::1")
    assert guard.permits("10.1.200.1")
    assert not guard.permits("10.2.0.1")
    assert not guard.permits("::2")


def test_wrong_network_names_the_setting() -> None:
    with pytest.raises(SettingInvalid, match=r"WAYPOST_ALLOW_ADDRESSES: 'localhost'"):
        AddressGuard(["localhost"])
