"""End of an assembled archive: media from elsewhere, data files, manifest, directory.

Its length is not known beforehand. It is written in order, behind the planned parts, and can be
resumed behind any file from elsewhere that ends a part.
"""

from collections.abc import Sequence
from concurrent.futures import Executor
from contextlib import closing
from typing import TYPE_CHECKING

from isal import isal_zlib

from openevent.adapters.storage import Upload
from openevent.archive import zip_format
from openevent.archive.multipart.ledger import Ledger
from openevent.archive.multipart.part_stream import PartStream
from openevent.archive.multipart.state import FileOutcome, PlannedMedia
from openevent.archive.writer import Archive
from openevent.archive.zip_format import Entry, Method
from openevent.media.deadline import Deadline
from openevent.media.fetch import Fetched, Fetcher, LongFile, MediaFile
from openevent.media.skipped import Reason, Skip, Skipped
from openevent.media.transfer import FileFacts

if TYPE_CHECKING:
    from datetime import datetime

# Bytes of a media file, and files at a time, up to which files are fetched into temporary files:
# with a quarter more that wait for their turn, these stay below 40 MB. Larger ones are streamed
# one after the other.
HELD = 2_000_000
FETCHES = 16


class ArchiveEnd:
    """Writes the end of an archive into the parts from number `first` on."""

    def __init__(  # noqa: PLR0913 - where parts go, and from where on
        self,
        *,
        upload: Upload,
        ledger: Ledger,
        executor: Executor,
        first: int,
        offset: int,
        made_of: str,
    ) -> None:
        """`offset`: the archive's bytes before that part. `made_of`: fingerprint of those."""
        self._upload = upload
        self._ledger = ledger
        self._made_of = made_of
        self._since: list[FileOutcome] = []
        self._at_boundaries: dict[int, tuple[FileOutcome, ...]] = {}
        self.outcomes: list[FileOutcome] = []
        known = list(ledger.following(first, made_of))
        while known and not known[-1][1].is_boundary:
            known.pop()
        for _, note in known:
            self.outcomes += note.outcomes
        self.stream = PartStream(
            self._put,
            executor,
            number=first + len(known),
            offset=offset + sum(note.size for _, note in known),
        )
        stopped = ledger.stopped(made_of, self.stream.number)
        self.is_begun = bool(known) or stopped is not None
        if stopped is not None:
            begun, outcomes = stopped
            self.stream.write(begun)
            self.outcomes += outcomes
            self._since += outcomes

    def write(self, body: bytes | bytearray, outcomes: Sequence[FileOutcome]) -> None:
        """Begin with the rest behind the planned parts, and the outcomes of the files in it."""
        self.stream.write(body)
        for outcome in outcomes:
            self._learn(outcome)
        self._boundary()

    def fetch(
        self,
        media: Sequence[PlannedMedia],
        fetcher: Fetcher,
        archive: Archive,
        deadline: Deadline,
        *,
        seconds: float,
    ) -> bool:
        """Write the media from elsewhere; return False if the `deadline` passed before its end.

        A file that is cut off by it comes in the next invocation; a file that had all of this one
        to itself, and has not come, is skipped.

        `seconds`: what one file may take.
        """
        known = {outcome.media_file: outcome for outcome in self.outcomes}
        for outcome in self.outcomes:
            if outcome.media_file is not None and outcome.reason is None:
                fetcher.spend(outcome.size)
                archive.add_placed(
                    _entry(outcome, archive.modified), outcome.offset, sha256=outcome.sha256
                )
        waiting = [
            i
            for i, media_file in enumerate(media)
            if media_file.file is None and media_file.reason is None and i not in known
        ]
        fetched = fetcher.fetch_all((media[i].address for i in waiting), concurrency=FETCHES)
        with closing(fetched):
            for i in waiting:
                if deadline.is_over():
                    return self._stop()
                found = next(fetched)
                if _is_late(found) and deadline.is_over() and self._ledger.made:
                    return self._stop()
                if isinstance(found, LongFile):
                    if deadline.left < seconds and self._ledger.made:
                        return self._stop()
                    outcome = self._streamed(i, media[i], fetcher, archive)
                else:
                    outcome = self._added(i, media[i], found, archive)
                self._learn(outcome)
                self._boundary()
        return True

    def _added(
        self, i: int, media_file: PlannedMedia, found: MediaFile | Skip, archive: Archive
    ) -> FileOutcome:
        if isinstance(found, Skip):
            return FileOutcome(media_file=i, reason=found.reason, detail=found.detail)
        offset = self.stream.tell()
        with found.content as content:
            try:
                path = media_file.path(found.extension)
                archive.add_media(path, content, crc32=found.crc32, sha256=found.sha256)
            except Skipped as skipped:
                return FileOutcome(media_file=i, reason=skipped.reason, detail=skipped.detail)
        return _outcome(i, path, found, offset)

    def _streamed(
        self, i: int, media_file: PlannedMedia, fetcher: Fetcher, archive: Archive
    ) -> FileOutcome:
        target = _Streamed(self.stream, media_file, archive.modified)
        try:
            facts = fetcher.stream(media_file.address, target)
        except Skipped as skipped:
            target.undo()
            return FileOutcome(media_file=i, reason=skipped.reason, detail=skipped.detail)
        outcome = _outcome(i, media_file.path(facts.extension), facts, target.offset)
        entry = _entry(outcome, archive.modified)
        target.end(entry)
        archive.add_placed(entry, outcome.offset, sha256=outcome.sha256)
        return outcome

    def _stop(self) -> bool:
        """Keep what is in no part yet: slow servers may have taken all the time for it."""
        self._ledger.stop(self._made_of, self.stream.number, self.stream.begun, self._since)
        return False

    def _learn(self, outcome: FileOutcome) -> None:
        self.outcomes.append(outcome)
        self._since.append(outcome)

    def _boundary(self) -> None:
        number = self.stream.number
        self._at_boundaries[number] = tuple(self._since)
        self.stream.boundary()
        if self.stream.number != number:
            self._since.clear()

    def _put(self, number: int, body: bytearray, is_boundary: bool) -> None:  # noqa: FBT001 - a call's
        note = self._ledger.find(number)
        facts = (self._made_of, len(body), isal_zlib.crc32(body), is_boundary)
        if note is None or facts != (note.made_of, note.size, note.crc32, note.is_boundary):
            outcomes = self._at_boundaries.get(number, ()) if is_boundary else ()
            part = self._upload.put(number, bytes(body))
            self._ledger.add(number, part, self._made_of, outcomes, is_boundary=is_boundary)


class _Streamed:
    """Target for a media file of unknown length, behind a header that is filled in later."""

    def __init__(self, stream: PartStream, media_file: PlannedMedia, modified: "datetime") -> None:
        self._stream = stream
        self._media_file = media_file
        self._modified = modified
        self._is_open = False
        self.offset = 0

    def begin(self, extension: str, length: int | None) -> None:
        del length
        self.undo()
        empty = Entry(self._media_file.path(extension), Method.STORED, 0, 0, 0, self._modified)
        self.offset = self._stream.hold(len(zip_format.local_header(empty, zip64=True)))
        self._is_open = True

    def write(self, data: bytes, /) -> None:
        self._stream.write(data)

    def end(self, entry: Entry) -> None:
        self._stream.fill_in(zip_format.local_header(entry, zip64=True))
        self._is_open = False

    def undo(self) -> None:
        if self._is_open:
            self._stream.rewind()
            self._is_open = False


def _is_late(found: Fetched) -> bool:
    return isinstance(found, Skip) and found.reason is Reason.TIMED_OUT


def _outcome(i: int, path: str, facts: FileFacts, offset: int) -> FileOutcome:
    return FileOutcome(
        media_file=i,
        path=path,
        size=facts.size,
        crc32=facts.crc32,
        sha256=facts.sha256,
        offset=offset,
    )


def _entry(outcome: FileOutcome, modified: "datetime") -> Entry:
    return Entry(outcome.path, Method.STORED, outcome.crc32, outcome.size, outcome.size, modified)
