"""Addresses in the plain shape that nearly all addresses of files have. Pure.

Parsers of addresses take 10 to 30 µs each, and disagree about user names, blanks, brackets, escapes
and the like. An address without any of these has one reading, which one expression finds.
"""

import re
from functools import lru_cache
from typing import NamedTuple

MAX_PORT = 65535

_PLAIN = re.compile(
    r"(?P<scheme>https?)://(?P<host>[a-z0-9-]+(?:\.[a-z0-9-]+)*)(?::(?P<port>[1-9][0-9]{0,4}))?"
    r"(?P<path>(?:/(?!\.)[A-Za-z0-9_.~-]+)+)"
)


class AddressParts(NamedTuple):
    """Parts of an address; `port` is None if it names none, `path` may have a query."""

    scheme: str
    host: str
    port: int | None
    path: str


# An address is looked at several times by several modules.
@lru_cache(maxsize=1024)
def read_plain(address: str) -> AddressParts | None:
    """Return the parts of `address`; None if it is not plain, and needs a parser.

    Plain: http or https, a host in lower case, perhaps a port, and a path of one or more names,
    none of which is empty or begins with a dot. No escapes, no query.
    """
    found = _PLAIN.fullmatch(address)
    if found is None:
        return None
    scheme, host, digits, path = found.groups()
    port = int(digits) if digits else None
    return None if port is not None and port > MAX_PORT else AddressParts(scheme, host, port, path)
