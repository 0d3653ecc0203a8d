"""Fetch media files whose addresses lead out of the archive, by the rules of exports."""

import mimetypes
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from openevent.catalogue.table import MediaKind
from openevent.importing.source import Place, Remark, RemarkKind, RemarkLog
from openevent.importing.writing.uploads import MediaUploads
from openevent.media.deadline import Deadline
from openevent.media.fetch import Fetcher, MediaFile
from openevent.media.skipped import TEXTS, Reason, Skipped
from openevent.media.source import MediaSource

# Bytes of a fetched file that are kept in memory, and of the disk that stay free.
MEMORY = 1 << 20
RESERVE = 64 << 20

# Types that can run as a page of the site that delivers them.
_ACTIVE = frozenset({"image/svg+xml", "text/html", "application/xhtml+xml", "text/xml"})


@dataclass(frozen=True, slots=True)
class Wanted:
    """An address to fetch: the kind of file that it should be, and the first place that has it."""

    kind: MediaKind
    place: Place


@dataclass(frozen=True, slots=True)
class WorkDisk:
    """Disk on which fetched files wait, in the directory `path`."""

    path: Path

    def spool(self) -> IO[bytes]:
        """Return a temporary file, in memory while it is small."""
        return tempfile.SpooledTemporaryFile(MEMORY, dir=str(self.path))

    def require_room(self, size: int) -> None:
        """Raise `Skipped` if the disk has no room for `size` more bytes and the reserve."""
        if shutil.disk_usage(self.path).free < size + RESERVE:
            raise Skipped(Reason.NO_ROOM)


@dataclass(frozen=True, slots=True)
class _Fetched:
    """A fetched file, to be uploaded."""

    file: MediaFile
    content_type: str

    @property
    def size(self) -> int:
        """Bytes."""
        return self.file.size

    @property
    def extension(self) -> str:
        """By the content."""
        return self.file.extension

    def read(self, size: int = -1, /) -> bytes:
        """Return at most `size` bytes, or all that remain."""
        return self.file.content.read(size)


@dataclass(frozen=True, slots=True)
class Fetching:
    """Fetches the media of one import. `prefixes`: of the keys that may be read for its event."""

    source: MediaSource
    prefixes: Sequence[str]
    work: Path
    deadline: Deadline
    concurrency: int

    def fetch(
        self, wanted: Mapping[str, Wanted], uploads: MediaUploads, remarks: RemarkLog
    ) -> dict[str, str]:
        """Fetch and upload files; return the new address for each that was.

        Files that cannot be had keep their addresses, and get a remark.
        """
        fetcher = Fetcher(
            self.source,
            self.source.places(self.prefixes),
            disk=WorkDisk(self.work),
            deadline=self.deadline,
        )
        found: dict[str, str] = {}
        results = fetcher.fetch_all(wanted, concurrency=self.concurrency)
        for (address, about), result in zip(wanted.items(), results, strict=True):
            if not isinstance(result, MediaFile):
                _remark(remarks, about, result.reason.value, TEXTS[result.reason])
                continue
            with result.content:
                type_ = mimetypes.guess_type(f"x.{result.extension}")[0] or ""
                if _fits(type_, about.kind):
                    result.content.seek(0)
                    name = address.rpartition("/")[2].partition(".")[0]
                    found[address] = uploads.put(_Fetched(result, type_), name or "file")
                else:
                    detail = f"the file is no {about.kind.value}"
                    _remark(remarks, about, "media-unfit", detail)
        return found


def _fits(content_type: str, kind: MediaKind) -> bool:
    """Return whether a file of this type may be stored where a file of `kind` is expected."""
    if not content_type or content_type in _ACTIVE:
        return False
    return kind is MediaKind.DOCUMENT or content_type.startswith(f"{kind.value}/")


def _remark(remarks: RemarkLog, about: Wanted, code: str, why: str) -> None:
    detail = f"The file is not fetched, and its address is kept: {why}."
    remarks.add(Remark(RemarkKind.MEDIA_MISSING, code, about.place, detail))
