"""Media of an archive: which values name its files, and what the files are by their content."""

import io
from collections.abc import Collection, Mapping
from typing import Self
from unicodedata import normalize
from urllib.parse import unquote

from openevent.catalogue.table import MediaKind
from openevent.importing.reading.texts import shown
from openevent.importing.source import ArchiveRefused, Media, MediaAddress, MediaFile, MediaRefused
from openevent.media.names import HEAD, extension

# Folders of media files in the archives of all dialects.
_FOLDERS = frozenset({"images", "audio", "audios", "video", "videos", "slides", "documents"})

_SCHEMES = ("http://", "https://")

_MOST_CHARACTERS = 4096

# Content types by the extensions that the content proves. SVG and HTML can hold scripts, and a ZIP
# file anything; none of them is here.
_CONTENT_TYPES: Mapping[MediaKind, Mapping[str, str]] = {
    MediaKind.IMAGE: {
        "png": "image/png",
        "jpg": "image/jpeg",
        "gif": "image/gif",
        "webp": "image/webp",
        "bmp": "image/bmp",
        "ico": "image/x-icon",
        "tif": "image/tiff",
        "avif": "image/avif",
        "heic": "image/heic",
    },
    MediaKind.VIDEO: {
        "mp4": "video/mp4",
        "mov": "video/quicktime",
        "3gp": "video/3gpp",
        "webm": "video/webm",
        "mkv": "video/x-matroska",
        "ogv": "video/ogg",
        "ogg": "video/ogg",
        "avi": "video/x-msvideo",
        "wmv": "video/x-ms-wmv",
        "asf": "video/x-ms-asf",
        "flv": "video/x-flv",
        "mpg": "video/mpeg",
    },
    MediaKind.AUDIO: {
        "mp3": "audio/mpeg",
        "aac": "audio/aac",
        "m4a": "audio/mp4",
        "mp4": "audio/mp4",
        "ogg": "audio/ogg",
        "oga": "audio/ogg",
        "opus": "audio/ogg",
        "flac": "audio/flac",
        "wav": "audio/wav",
        "wma": "audio/x-ms-wma",
        "webm": "audio/webm",
        "mka": "audio/x-matroska",
    },
    MediaKind.DOCUMENT: {
        "pdf": "application/pdf",
        "ppt": "application/vnd.ms-powerpoint",
        "doc": "application/msword",
        "xls": "application/vnd.ms-excel",
        "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "odp": "application/vnd.oasis.opendocument.presentation",
        "odt": "application/vnd.oasis.opendocument.text",
        "ods": "application/vnd.oasis.opendocument.spreadsheet",
        "key": "application/vnd.apple.keynote",
        "rtf": "application/rtf",
        "png": "image/png",
        "jpg": "image/jpeg",
    },
}


def find(value: str, entries: Collection[str]) -> Media | None:
    """Return the media that a value names; None if there is no such file, or it is no address.

    `entries`: names of the archive's files, in NFC. A path of a file may have a leading slash or
    none, and percent encoding. Another path with a leading slash is one on the server that made
    the archive.
    """
    text = value.strip()
    if len(text) > _MOST_CHARACTERS or not text.isprintable():
        return None
    if text.lower().startswith(_SCHEMES):
        return MediaAddress(text)
    path = text.removeprefix("/")
    for candidate in (normalize("NFC", path), normalize("NFC", unquote(path))):
        if candidate in entries:
            return MediaFile(candidate)
    if is_path(text) or text.startswith("//") or not text.startswith("/"):
        return None
    return MediaAddress(text)


def is_path(value: str) -> bool:
    """Return whether a value is the path of a file in an archive, by its folder."""
    return value.strip().removeprefix("/").partition("/")[0] in _FOLDERS


class CheckedMedia:
    """A media file whose first bytes prove what it is (`importing.source.OpenedMedia`)."""

    def __init__(self, name: str, stream: io.RawIOBase, size: int, kind: MediaKind) -> None:
        """`stream`: the file's `size` bytes. Raises `MediaRefused` if it is no file of `kind`."""
        self.size = size
        self._stream = stream
        self._head = b""
        self._head = self._read_head()
        self.extension = extension(self._head, None, name)
        found = _CONTENT_TYPES[kind].get(self.extension)
        if found is None:
            raise MediaRefused(
                "media-not-of-its-kind",
                f"By its content the file {shown(name)} is no {kind}, so it was not imported.",
            )
        self.content_type = found

    def read(self, size: int = -1, /) -> bytes:
        """Return at most `size` bytes, or all that remain. Raises `MediaRefused`."""
        if not size:
            return b""
        if self._head:
            end = len(self._head) if size < 0 else size
            part, self._head = self._head[:end], self._head[end:]
            return part + self.read() if size < 0 else part
        return self._checked(size)

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self._stream.close()

    def _read_head(self) -> bytes:
        head = b""
        while len(head) < HEAD and (part := self._checked(HEAD - len(head))):
            head += part
        return head

    def _checked(self, size: int) -> bytes:
        try:
            return self._stream.read(size) or b""
        except ArchiveRefused as damaged:
            raise MediaRefused(damaged.code, damaged.detail) from damaged
