"""Place an archive's media files: what each row's column gets, and what is said of the rest."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from openevent.catalogue.table import MediaKind
from openevent.importing.source import (
    Media,
    MediaAddress,
    MediaFile,
    MediaRefused,
    Remark,
    RemarkKind,
    RemarkLog,
    SourceArchive,
    SourceRow,
)
from openevent.importing.writing.fetching import Wanted
from openevent.importing.writing.uploads import MediaUploads
from openevent.importing.writing.written import MediaCounts


@dataclass(slots=True)
class MediaPlacer:
    """Places media files with `uploads`; None for a dry run, in which they are only read.

    `counts`: of the columns that hold media, so far.
    """

    source: SourceArchive
    uploads: MediaUploads | None
    remarks: RemarkLog
    counts: MediaCounts = field(default_factory=MediaCounts)
    wanted: dict[str, Wanted] = field(default_factory=dict)
    """Addresses that lead out of the archive."""
    _placed: dict[str, str | None] = field(default_factory=dict)
    _uses: Counter[str] = field(default_factory=Counter)

    def place(self, row: SourceRow, column: str, media: Media, kind: MediaKind) -> str | None:
        """Return the address for the row's column; None, and a remark, if there is no file.

        A file that several rows name is placed once. Raises what `MediaUploads.put` raises.
        """
        if isinstance(media, MediaAddress):
            self.counts = replace(self.counts, kept=self.counts.kept + 1)
            self.wanted.setdefault(media.url, Wanted(kind, row.place(column)))
            return media.url
        if media.path not in self._placed:
            self._placed[media.path] = self._put(row, column, media, kind)
        address = self._placed[media.path]
        if address is not None:
            self._uses[address] += 1
        return address

    def note_fetched(self, count: int) -> None:
        """Count files that were fetched, of the addresses that were kept until then."""
        self.counts = replace(
            self.counts,
            fetched=count,
            kept=self.counts.kept - count,
            missing=len(self.wanted) - count,
        )

    def remove(self, documents: Sequence[str]) -> None:
        """Remove the files that only rows use which were not inserted.

        `documents`: those rows as JSON. Raises `Unavailable` if S3 does not remove them.
        """
        left = set[str]()
        for document in documents:
            for value in json.loads(document).values():
                if isinstance(value, str) and value in self._uses:
                    self._uses[value] -= 1
                    left.add(value)
        unused = [address for address in left if not self._uses[address]]
        self.counts = replace(self.counts, placed=self.counts.placed - len(unused))
        if unused and self.uploads is not None:
            self.uploads.remove(unused)

    def _put(self, row: SourceRow, column: str, media: MediaFile, kind: MediaKind) -> str | None:
        try:
            with self.source.open_media(media, kind) as opened:
                size = opened.size
                if self.uploads is None:
                    while opened.read(1 << 20):
                        pass
                    address = media.path
                else:
                    address = self.uploads.put(opened, _stem(media.path))
        except MediaRefused as refused:
            self.counts = replace(self.counts, refused=self.counts.refused + 1)
            place = row.place(column)
            self.remarks.add(Remark(RemarkKind.MEDIA_REFUSED, refused.code, place, refused.detail))
            return None
        self.counts = replace(
            self.counts, placed=self.counts.placed + 1, size=self.counts.size + size
        )
        return address


def _stem(path: str) -> str:
    """Return the last segment of a path, without its extension."""
    name = path.rpartition("/")[2]
    stem, dot, _ = name.rpartition(".")
    return stem if dot and stem else name
