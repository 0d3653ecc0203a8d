"""Public IP addresses, by IANA's registries."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openevent.media import public_addresses
from openevent.media.public_addresses import is_public

PRIVATE = [
    "0.0.0.0",  # noqa: S104 - nothing is bound to it
    *("0.1.2.3", "10.0.0.1", "100.64.0.1", "127.0.0.1", "127.255.255.254"),
    *("169.254.169.254", "169.254.170.2", "172.16.0.1", "172.31.255.255", "192.0.0.1"),
    *("192.0.2.1", "192.168.1.1", "198.18.0.1", "198.51.100.1", "203.0.113.1"),
    *("224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255"),
    *("::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "ff02::1"),
    *("2001:db8::1", "100::1", "fec0::1"),
    # IPv4-mapped and -compatible
    *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::ffff:0:0"),
    *("::127.0.0.1", "::7f00:1"),
    # 6to4, Teredo, NAT64
    *("2002:7f00:1::1", "2002:a9fe:a9fe::1", "2002:c0a8:101::1"),
    *("64:ff9b::127.0.0.1", "64:ff9b::169.254.169.254", "64:ff9b:1::1"),
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    # no addresses
    *("", "localhost", "1.2.3", "1.2.3.4.5", "0x7f000001", "2130706433", "127.1", "::g"),
]
PUBLIC = [
    *("1.1.1.1", "8.8.8.8", "93.184.216.34", "172.15.0.1", "172.32.0.1", "192.88.98.1"),
    *("2606:4700:4700::1111", "2a00:1450:4001:81c::200e"),
    *("::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2002:808:808::1"),
]


@pytest.mark.parametrize("address", PRIVATE)
def test_addresses_that_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_addresses_that_are_public(address: str) -> None:
    assert is_public(address)


# All rows of IANA's IPv4 and IPv6 Special-Purpose Address Registries as of 2026-07-18, 26 and 25 of
# them; the newest is of 2025-04 (100:0:0:1::/64, RFC 9780). Left out are the rows of addresses that
# carry IPv4 addresses, which decide: ::ffff:0:0/96, 64:ff9b::/96, Teredo in 2001::/23, 6to4.
REGISTRY_V4 = (
    "0.0.0.0/8 0.0.0.0/32 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 "
    "172.16.0.0/12 192.0.0.0/24 192.0.0.0/29 192.0.0.8/32 192.0.0.9/32 192.0.0.10/32 "
    "192.0.0.170/32 192.0.0.171/32 192.0.2.0/24 192.31.196.0/24 192.52.193.0/24 "
    "192.88.99.0/24 192.88.99.2/32 192.168.0.0/16 192.175.48.0/24 198.18.0.0/15 "
    "198.51.100.0/24 203.0.113.0/24 240.0.0.0/4 255.255.255.255/32"
)
REGISTRY_V6 = (
    "::1/128 ::/128 64:ff9b:1::/48 100::/64 100:0:0:1::/64 2001:1::1/128 2001:1::2/128 "
    "2001:1::3/128 2001:2::/48 2001:3::/32 2001:4:112::/48 2001:10::/28 2001:20::/28 "
    "2001:30::/28 2001:db8::/32 2620:4f:8000::/48 3fff::/20 5f00::/16 fc00::/7 fe80::/10"
)


@pytest.mark.parametrize("block", [*REGISTRY_V4.split(), *REGISTRY_V6.split()])
def test_no_row_of_the_registries_is_public_at_either_end(block: str) -> None:
    network = ipaddress.ip_network(block)
    assert not is_public(str(network[0]))
    assert not is_public(str(network[-1]))


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_is_as_public_in_ipv6_s_clothes(address: ipaddress.IPv4Address) -> None:
    clothes = [f"::ffff:{address}", f"64:ff9b::{address}"]
    clothes.append(str(ipaddress.IPv6Address((0x2002 << 112) | (int(address) << 80) | 1)))
    assert {is_public(worn) for worn in clothes} == {is_public(str(address))}


@pytest.mark.parametrize("address", ["192.0.0.192", "192.88.99.1", "3fff::1", "5f00::1"])
def test_defect_12_addresses_that_python_3_11_7_takes_for_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("block", public_addresses._SPECIAL_V4 + public_addresses._SPECIAL_V6)
def test_no_special_purpose_block_is_public_at_either_end(
    block: ipaddress.IPv4Network | ipaddress.IPv6Network,
) -> None:
    carried = {"2001::/23", "2002::/16"}
    last = str(block.broadcast_address)
    assert not is_public(str(block.network_address))
    # What 6to4 and Teredo carry decides for them.
    assert str(block) in carried or not is_public(last)


@given(st.ip_addresses(v=4))
def test_defect_12_never_laxer_than_this_python_s_table(address: ipaddress.IPv4Address) -> None:
    if is_public(str(address)):
        assert address.is_global
        assert not address.is_multicast
