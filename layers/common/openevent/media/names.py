"""Names of media files in an archive, from names that people typed, and their extensions. Pure."""

import re
import unicodedata
from pathlib import PurePosixPath
from urllib.parse import urlsplit

# Characters that file systems refuse; the contract makes them spaces.
_REFUSED = re.compile(r'[<>:"/\\|?*;]')

# Bytes of UTF-8 that file systems allow for one component of a path, and those of the longest
# extension here with its dot.
MAX_COMPONENT = 255
_EXTENSION_ROOM = 6

_EXTENSION = re.compile(r"[a-z0-9]{1,5}", re.ASCII)

# The first bytes of the formats that event media comes in, each at its offset.
_MAGIC: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\x89PNG\r\n\x1a\n", "png"),
    (0, b"\xff\xd8\xff", "jpg"),
    (0, b"GIF87a", "gif"),
    (0, b"GIF89a", "gif"),
    (0, b"BM", "bmp"),
    (0, b"\x00\x00\x01\x00", "ico"),
    (0, b"II*\x00", "tif"),
    (0, b"MM\x00*", "tif"),
    (8, b"WEBP", "webp"),
    (8, b"AVI ", "avi"),
    (8, b"WAVE", "wav"),
    (4, b"ftypavif", "avif"),
    (4, b"ftypheic", "heic"),
    (4, b"ftypqt", "mov"),
    (4, b"ftypM4A", "m4a"),
    (4, b"ftyp3gp", "3gp"),
    (4, b"ftyp", "mp4"),
    (0, b"%PDF-", "pdf"),
    (0, b"ID3", "mp3"),
    (0, b"\xff\xfb", "mp3"),
    (0, b"\xff\xf3", "mp3"),
    (0, b"\xff\xf2", "mp3"),
    (0, b"\xff\xf1", "aac"),
    (0, b"\xff\xf9", "aac"),
    (0, b"fLaC", "flac"),
    (0, b"FLV\x01", "flv"),
    (0, b"\x00\x00\x01\xba", "mpg"),
    (0, b"{\\rtf", "rtf"),
)

# Containers whose bytes do not tell what they hold: what they may hold, the first being the guess.
_CONTAINERS: tuple[tuple[bytes, tuple[str, ...]], ...] = (
    (b"OggS", ("ogg", "ogv", "oga", "opus")),
    (b"\x1aE\xdf\xa3", ("webm", "mkv", "mka")),
    (b"PK\x03\x04", ("zip", "pptx", "odp", "key", "docx", "odt", "xlsx", "ods")),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", ("ppt", "doc", "xls")),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", ("wmv", "wma", "asf")),
)

_CONTENT_TYPES = {
    "image/svg+xml": "svg",
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/gif": "gif",
    "image/webp": "webp",
    "audio/mpeg": "mp3",
    "audio/aac": "aac",
    "audio/ogg": "ogg",
    "audio/wav": "wav",
    "audio/x-wav": "wav",
    "audio/mp4": "m4a",
    "video/mp4": "mp4",
    "video/mpeg": "mpg",
    "video/ogg": "ogv",
    "video/quicktime": "mov",
    "video/webm": "webm",
    "application/ogg": "ogg",
    "application/pdf": "pdf",
    "application/vnd.ms-powerpoint": "ppt",
    "application/vnd.oasis.opendocument.presentation": "odp",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "pptx",
    "application/zip": "zip",
    "text/markdown": "md",
    "text/plain": "txt",
}

_SYNONYMS = {"jpeg": "jpg", "jpe": "jpg", "tiff": "tif", "mpeg": "mpg", "qt": "mov"}

# Extensions of formats that are recognized by their bytes.
_KNOWN_BY_BYTES = frozenset({ending for _, _, ending in _MAGIC}) | frozenset(
    ending for _, endings in _CONTAINERS for ending in endings
)

FALLBACK_EXTENSION = "bin"

# The first bytes of a media file that `extension` and `is_web_page` take.
HEAD = 512


def file_name(text: str | None) -> str:
    """Return `text` as the contract's `<Name>`: words in title case, joined.

    Characters that file systems refuse, control characters and marks of direction are read as
    blanks. The result may be empty; it holds no slash and no blank, and has no limit of length.
    """
    spaced = _REFUSED.sub(" ", unicodedata.normalize("NFC", text or ""))
    if not (spaced.isascii() and spaced.isprintable()):
        spaced = "".join(" " if unicodedata.category(char)[0] in "CZ" else char for char in spaced)
    return "".join(word.title() for word in spaced.split())


def media_stem(pattern: str, *, row_id: int, name: str | None) -> str:
    """Return the path in the archive for `pattern` (see `files.MediaField`), without an extension.

    It has no leading slash. The name is cut, between two characters, only where the path's last
    component, with its extension, would have more than `MAX_COMPONENT` bytes.
    """
    path = pattern.replace("{id}", str(row_id))
    others = len(path.rpartition("/")[2].replace("{name}", "").encode()) + _EXTENSION_ROOM
    return path.replace("{name}", _cut(file_name(name), MAX_COMPONENT - others))


def is_web_page(head: bytes, content_type: str | None) -> bool:
    """Return whether this is a web page (of a video or a presentation) instead of a media file."""
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype html", b"<html")):
        return True
    return _bare(content_type) == "text/html" and _by_bytes(head, "") is None


def extension(head: bytes, content_type: str | None, address: str) -> str:
    """Return the one extension of a media file: by its first bytes, content type or address.

    An extension in the address is ignored if files of that kind have other first bytes.
    """
    by_bytes = _by_bytes(head, address)
    if by_bytes is not None:
        return by_bytes
    claimed = _claimed(address)
    for candidate in (_CONTENT_TYPES.get(_bare(content_type)), claimed):
        if candidate is not None and candidate not in _KNOWN_BY_BYTES:
            return candidate
    return FALLBACK_EXTENSION


def _cut(text: str, size: int) -> str:
    """Return the first characters of `text`, as many as fit into `size` bytes of UTF-8."""
    return text.encode()[:size].decode(errors="ignore")


def _by_bytes(head: bytes, address: str) -> str | None:
    for offset, magic, ending in _MAGIC:
        if head.startswith(magic, offset):
            return ending
    for magic, endings in _CONTAINERS:
        if head.startswith(magic):
            claimed = _claimed(address)
            return claimed if claimed in endings else endings[0]
    return None


def _claimed(address: str) -> str | None:
    try:
        ending = PurePosixPath(urlsplit(address).path).suffix.lstrip(".").lower()
    except ValueError:  # an invalid address, such as "http://["
        return None
    return _SYNONYMS.get(ending, ending) if _EXTENSION.fullmatch(ending) else None


def _bare(content_type: str | None) -> str:
    return (content_type or "").partition(";")[0].strip().lower()
