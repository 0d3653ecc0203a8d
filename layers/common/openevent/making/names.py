"""Names of what is made: an event's identifier, the last segment of a media file's key."""

import re
from secrets import token_hex

# Characters of a file's name that are kept; each has at most four bytes.
MAX_NAME = 100


def new_identifier() -> str:
    """Return eight hexadecimal digits, not all decimal: a numeric name is taken for an id."""
    while (identifier := token_hex(4)).isdigit():
        pass
    return identifier


def safe_name(key: str) -> str:
    """Return the last segment of a key, without characters that are special in addresses."""
    name = re.sub(r"[^\w.-]+", "-", key.rpartition("/")[2]).lstrip(".-")
    stem, dot, extension = name.rpartition(".")
    if dot and len(extension) < MAX_NAME // 2:
        return f"{stem[: MAX_NAME - len(extension) - 1] or 'file'}.{extension}"
    return name[:MAX_NAME] or "file"
