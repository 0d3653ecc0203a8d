"""Public IP addresses, by IANA's registries rather than by the interpreter's table. Pure.

Python's own table grows with its versions: 3.11.7 takes 192.0.0.192 (where a cloud has its metadata
service), 192.88.99.1 and 3fff::1 for public addresses. Here an address is public if no entry of
these tables covers it.
"""

import ipaddress
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

# IANA IPv4 Special-Purpose Address Registry, compared row by row with the registry of 2026-07-18:
# https://www.iana.org/assignments/iana-ipv4-special-registry. Entries inside larger ones are not
# repeated. Blocks that the registry calls globally reachable (AS112, AMT) are refused as well: they
# serve DNS and tunnels, never media files.
_SPECIAL_V4 = tuple(
    IPv4Network(block)
    for block in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private use
        "100.64.0.0/10",  # shared address space
        "127.0.0.0/8",  # loopback
        "169.254.0.0/16",  # link local
        "172.16.0.0/12",  # private use
        "192.0.0.0/24",  # IETF protocol assignments
        "192.0.2.0/24",  # documentation, TEST-NET-1
        "192.31.196.0/24",  # AS112-v4
        "192.52.193.0/24",  # AMT
        "192.88.99.0/24",  # deprecated 6to4 relay anycast, 6a44 relay
        "192.168.0.0/16",  # private use
        "192.175.48.0/24",  # direct delegation AS112 service
        "198.18.0.0/15",  # benchmarking
        "198.51.100.0/24",  # documentation, TEST-NET-2
        "203.0.113.0/24",  # documentation, TEST-NET-3
        "240.0.0.0/4",  # reserved, and limited broadcast
        # IANA IPv4 Multicast Address Space Registry.
        "224.0.0.0/4",
    )
)

# IANA Internet Protocol Version 6 Address Space: the only block of global unicast addresses. All
# others are reserved, local, multicast or loopback.
_GLOBAL_UNICAST = IPv6Network("2000::/3")

# IANA IPv6 Special-Purpose Address Registry, its entries in 2000::/3, compared row by row with the
# registry of 2026-07-18 (newest entry: RFC 9780 of 2025-04):
# https://www.iana.org/assignments/iana-ipv6-special-registry.
_SPECIAL_V6 = tuple(
    IPv6Network(block)
    for block in (
        "2001::/23",  # IETF protocol assignments: Teredo, benchmarking, AMT, ORCHID, DRIP
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4
        "2620:4f:8000::/48",  # direct delegation AS112 service
        "3fff::/20",  # documentation
    )
)

# RFC 6052: the prefix of NAT64, followed by an IPv4 address. 64:ff9b:1::/48 (RFC 8215) is for local
# use and therefore never public.
_NAT64 = IPv6Network("64:ff9b::/96")


def is_public(address: str) -> bool:
    """Return whether the whole Internet reaches the IP `address`; False for any other text.

    An IPv6 address that carries IPv4 addresses (mapped, 6to4, Teredo, NAT64) is public if those
    are.
    """
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, IPv4Address):
        return _is_public_v4(ip)
    carried = list(_carried(ip))
    if carried:
        return all(map(_is_public_v4, carried))
    return ip in _GLOBAL_UNICAST and not any(ip in block for block in _SPECIAL_V6)


def _is_public_v4(ip: IPv4Address) -> bool:
    return not any(ip in block for block in _SPECIAL_V4)


def _carried(ip: IPv6Address) -> Iterator[IPv4Address]:
    """Yield the IPv4 addresses that `ip` carries."""
    if ip.ipv4_mapped is not None:
        yield ip.ipv4_mapped
    if ip.sixtofour is not None:
        yield ip.sixtofour
    if ip.teredo is not None:
        yield from ip.teredo
    if ip in _NAT64:
        yield IPv4Address(int(ip) & 0xFFFFFFFF)
