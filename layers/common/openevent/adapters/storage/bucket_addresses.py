"""Addresses of the objects of an S3 bucket, in all spellings that AWS has for them. Pure.

Source: Amazon S3 User Guide, "Virtual hosting of general purpose buckets", "Using dual-stack
endpoints", "Transfer Acceleration" and "Website endpoints"; AWS General Reference, "Amazon Simple
Storage Service endpoints and quotas". A bucket's name is unique among all regions, so the region of
an address is not compared.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import SplitResult, unquote, urlsplit

from openevent.adapters.storage.plain_addresses import read_plain

_DEFAULT_PORTS = {"http": 80, "https": 443}

_REGION = r"[a-z]{2}(?:-[a-z]+)+-\d+"
_DOMAIN = r"\.amazonaws\.com(?:\.cn)?"

# Hosts of all buckets, after which the path begins with the bucket's name.
_ENDPOINT = re.compile(
    rf"(?:s3(?:-fips)?(?:\.dualstack)?(?:\.{_REGION})?|s3-{_REGION}|s3-external-1){_DOMAIN}"
)

# Hosts that follow the bucket's name and a dot. Those of websites serve the same objects.
_BUCKETS_OWN = re.compile(
    rf"(?:{_ENDPOINT.pattern}|s3-accelerate(?:\.dualstack)?{_DOMAIN}"
    rf"|s3-website[.-]{_REGION}{_DOMAIN})"
)


@dataclass(frozen=True, slots=True)
class Site:
    """Scheme-independent place of an address: host in lower case, and port if not the default."""

    host: str
    port: int | None


# An address is looked at several times: for its bucket, its key, and its place on the web.
@lru_cache(maxsize=1024)
def split_address(address: str) -> tuple[Site, str] | None:
    """Return site and path of an http or https address, the path still percent-encoded.

    None for other texts, and for addresses with a user name, which browsers show misleadingly.
    """
    plain = read_plain(address)
    if plain is not None:
        return _site(plain.scheme, plain.host, plain.port), plain.path
    try:
        parts = urlsplit(address.strip())
        site = _site_of(parts)
    except ValueError:
        return None
    return None if site is None else (site, parts.path)


def key_at(address: str, bucket: str, base_urls: Iterable[str]) -> str | None:
    """Return the key in `bucket` that `address` names; None if it names no object there.

    `base_urls`: addresses of the bucket besides those of AWS.
    """
    found = split_address(address)
    if found is None:
        return None
    site, path = found
    for root, host in map(_base, base_urls):
        if host == site and path.startswith(root) and len(path) > len(root):
            return unquote(path.removeprefix(root))
    return _key_at_aws(site, unquote(path), bucket)


def default_base_url(bucket: str, region: str) -> str:
    """Return the base of the addresses that Open Event writes for objects of `bucket`.

    It writes the global virtual-hosted one. Where that does not exist (China), or a browser finds
    no certificate for it (a name with dots), the regional one is returned.
    """
    if region.startswith("cn-"):
        return f"https://s3.{region}.amazonaws.com.cn/{bucket}"
    if "." in bucket:
        return f"https://s3.{region}.amazonaws.com/{bucket}"
    return f"https://{bucket}.s3.amazonaws.com"


def _site_of(parts: SplitResult) -> Site | None:
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname or "@" in parts.netloc:
        return None
    return _site(parts.scheme, parts.hostname.removesuffix("."), parts.port)


# Many files are of few sites.
@lru_cache(maxsize=256)
def _site(scheme: str, host: str, port: int | None) -> Site:
    return Site(host, None if port == _DEFAULT_PORTS[scheme] else port)


@lru_cache(maxsize=64)
def _base(base_url: str) -> tuple[str, Site | None]:
    """Return the beginning of the paths below a base, and its site."""
    found = split_address(base_url)
    return urlsplit(base_url).path.rstrip("/") + "/", None if found is None else found[0]


def _key_at_aws(site: Site, path: str, bucket: str) -> str | None:
    if site.port is not None:
        return None
    own = f"{bucket.lower()}."
    if site.host.startswith(own) and _BUCKETS_OWN.fullmatch(site.host.removeprefix(own)):
        return path.removeprefix("/") or None
    if _ENDPOINT.fullmatch(site.host) and path.startswith(f"/{bucket}/"):
        return path.removeprefix(f"/{bucket}/") or None
    return None
