"""Links of cells: addresses that spreadsheet programs open. Pure."""

import re

from openevent.programme.addresses import absolute_address

# Characters of an address that Excel accepts in a link.
MOST_CHARACTERS = 2_079

# Addresses in ASCII that need no change (RFC 3986), which most are.
_PLAIN = re.compile(
    r"https?://[a-z0-9-]+(?:\.[a-z0-9-]+)+(?::\d{1,4})?"
    r"(?:/(?:[A-Za-z0-9/._~:@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*)?"
    r"(?:\?(?:[A-Za-z0-9/?._~:@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*)?"
    r"(?:#(?:[A-Za-z0-9/?._~:@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*)?"
)
# ASCII: without it, small letters include those that become the Latin ones K and S.
_EMAIL = re.compile(r"[a-z0-9._+-]{1,64}@[a-z0-9-]+(?:\.[a-z0-9-]+)+", re.ASCII | re.IGNORECASE)


def web_link(text: str) -> str | None:
    """Return the http or https address that `text` is; None if it is none."""
    if len(text) > MOST_CHARACTERS or not text.lower().startswith(("http://", "https://")):
        return None
    if _PLAIN.fullmatch(text):
        return text
    address = absolute_address(text, "")
    return address if address is not None and len(address) <= MOST_CHARACTERS else None


def mail_link(text: str) -> str | None:
    """Return the mailto address of a mail address; None if `text` is none."""
    return f"mailto:{text}" if _EMAIL.fullmatch(text) else None
