"""Names of entries of an untrusted ZIP file. Pure.

Nothing is unpacked, so a name cannot lead out of a folder here. Unsafe names are refused
nevertheless: no program writes them by accident, and they appear in reports and keys of objects.
"""

import re
import stat
import unicodedata

from openevent.importing.reading.limits import Limits
from openevent.importing.source import ArchiveRefused

# APPNOTE 4.4.4, bit 11: the name is UTF-8; otherwise it is code page 437 (appendix D).
_UTF_8 = 1 << 11

_DRIVE = re.compile(r"[A-Za-z]:")

# Longest part of a name that a message shows.
_SHOWN = 80


def decode(raw: bytes, flags: int) -> str:
    """Return the name of an entry in NFC, as text. `flags`: the entry's general purpose flags.

    Many programs write UTF-8 without saying so. Raises `ArchiveRefused` if the flag for UTF-8 is
    set and the name is not UTF-8.
    """
    try:
        name = raw.decode()
    except UnicodeDecodeError as damaged:
        if flags & _UTF_8:
            raise ArchiveRefused(
                "entry-name-unsafe", f"The name of the entry {shown(repr(raw))} is not valid UTF-8."
            ) from damaged
        name = raw.decode("cp437")
    return unicodedata.normalize("NFC", name)


def shown(name: str) -> str:
    """Return `name` for a message: printable, in quotes, and not too long."""
    printable = "".join(char if char.isprintable() else "?" for char in name)
    return f'"{printable[:_SHOWN]}…"' if len(printable) > _SHOWN else f'"{printable}"'


def check(name: str, raw: bytes, mode: int, limits: Limits) -> None:
    """Raise `ArchiveRefused` if an entry's name or kind is unsafe.

    `mode`: UNIX' mode of the entry, 0 if it has none.
    """
    if len(raw) > limits.name_bytes:
        raise ArchiveRefused(
            "entry-name-too-long",
            f"The name of the entry {shown(name)} has {len(raw)} bytes; "
            f"at most {limits.name_bytes} are read.",
        )
    if (problem := _problem(name)) is not None:
        raise ArchiveRefused(
            "entry-name-unsafe",
            f"The entry {shown(name)} has {problem} in its name. Such archives are not read. "
            "Make the archive again with an ordinary ZIP program.",
        )
    if name.strip("/").count("/") > limits.depth:
        raise ArchiveRefused(
            "entry-too-deep",
            f"The entry {shown(name)} is in more than {limits.depth} folders.",
        )
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise ArchiveRefused(
            "entry-not-a-file",
            f"The entry {shown(name)} is a link or a device. Only files are read.",
        )


def _problem(name: str) -> str | None:
    parts = name.removesuffix("/").split("/")
    if "\\" in name:
        return "a backslash"
    if name.startswith("/") or _DRIVE.match(name):
        return "an absolute path"
    if ".." in parts or "." in parts:
        return "a relative path"
    if "" in parts:
        return "an empty part"
    if not name.isprintable() and any(
        unicodedata.category(char) in ("Cc", "Cf", "Cs") for char in name
    ):
        return "a control character"
    return None
