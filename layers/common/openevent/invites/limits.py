"""Rate limits of invites: failed look-ups of tokens, and mails."""

import hashlib
import ipaddress
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Self

from openevent.adapters.counters import DAY, HOUR, MINUTE, Counters, RateLimit
from openevent.errors import NotFound
from openevent.invites.rules import folded

# The code of the error for a token that no invite has.
UNKNOWN = "invite-not-found"

# Bits of an IPv6 address that are one connection's: a provider gives each customer a network of
# this prefix length, in which addresses can be changed freely.
IPV6_PREFIX = 64


@dataclass(frozen=True, slots=True)
class InviteLimits:
    """Limits of what a person, or an address of the network, may do with invites."""

    counters: Counters
    failed_lookups: RateLimit
    mails: RateLimit
    mails_of_a_day: RateLimit
    mails_to_one: RateLimit

    @classmethod
    def of(
        cls,
        counters: Counters,
        *,
        failed_lookups_per_minute: int,
        mails_per_hour: int,
        mails_per_day: int = 500,
        mails_per_recipient_per_day: int = 20,
    ) -> Self:
        """Make the limits of an installation, counted in `counters`."""
        return cls(
            counters,
            RateLimit(
                "failed-token-lookups",
                failed_lookups_per_minute,
                MINUTE,
                "Too many unknown tokens were tried. Wait a minute and use the link in the mail.",
            ),
            RateLimit(
                "invite-mails",
                mails_per_hour,
                HOUR,
                f"You have sent {mails_per_hour} invites within the hour, which is the limit. "
                "Try again later.",
            ),
            RateLimit(
                "invite-mails-of-a-day",
                mails_per_day,
                DAY,
                f"You have sent {mails_per_day} invites today, which is the limit. Try again "
                "tomorrow.",
            ),
            RateLimit(
                "invite-mails-to-one",
                mails_per_recipient_per_day,
                DAY,
                "This address has received as many invites today as one address may.",
            ),
        )

    @contextmanager
    def looking_up(self, caller: str) -> Iterator[None]:
        """Look up a token for `caller` (see `person` and `network`); count it if it is unknown.

        Raises `TooManyRequests` if the caller has tried too many unknown tokens, `Unavailable` if
        they cannot be counted. Tokens that exist cost nothing, so callers who share an address do
        not use up each other's limit.
        """
        self.counters.check(self.failed_lookups, caller)
        try:
            yield
        except NotFound as error:
            if error.code == UNKNOWN:
                self.counters.count(self.failed_lookups, caller)
            raise

    def count_mail(self, user_id: int) -> None:
        """Count one invite that is mailed for a user. Raises `TooManyRequests`, `Unavailable`."""
        self.counters.count(self.mails, user_id)
        self.counters.count(self.mails_of_a_day, user_id)

    def count_recipient(self, address: str) -> None:
        """Count one invite that is mailed to `address`, over all inviters; the address is not kept.

        To be called when all else allows the mail, so that only those with the right to invite can
        use up the limit. Raises `TooManyRequests`, `Unavailable`.
        """
        digest = hashlib.sha256(folded(address).encode()).hexdigest()
        self.counters.count(self.mails_to_one, digest)


def person(user_id: int) -> str:
    """Return the name under which a logged-in caller is counted, wherever they call from."""
    return f"user#{user_id}"


def network(source_ip: str) -> str:
    """Return the name under which callers without a login are counted: the address they call from.

    IPv6 addresses of one connection count as one.
    """
    try:
        address = ipaddress.ip_address(source_ip)
    except ValueError:
        return f"network#{source_ip}"
    if isinstance(address, ipaddress.IPv4Address):
        return f"network#{source_ip}"
    return f"network#{ipaddress.IPv6Network((int(address), IPV6_PREFIX), strict=False)}"
