"""Ledger of the parts of an archive that S3 has, and of what they were made of."""

from collections.abc import Iterable, Iterator, Sequence
from io import BytesIO
from threading import Lock

from isal import isal_zlib

from openevent.adapters.storage import Upload, UploadedPart
from openevent.archive.multipart.state import FileOutcome, PartNote, Stop
from openevent.archive.multipart.workspace import BEGUN, STOP, Workspace


class Ledger:
    """The parts of an upload, each with a note in the workspace, written after the part."""

    def __init__(self, upload: Upload, workspace: Workspace) -> None:
        """Read the parts of `upload` that have a note. Raises `Unavailable`, `UploadGone`."""
        self._workspace = workspace
        self._lock = Lock()
        etags = upload.etags()
        self._notes: dict[int, PartNote] = {}
        for number, document in workspace.notes(etags).items():
            note = PartNote.model_validate(document)
            # Otherwise the part was uploaded again by a worker that died before it wrote the note.
            if note.etag == etags[number]:
                self._notes[number] = note
        # Parts and outcomes that this invocation added.
        self.made = 0
        self._stopped_with = 0

    def find(self, number: int) -> PartNote | None:
        """Return the note of the part; None if S3 does not have it."""
        return self._notes.get(number)

    def add(
        self,
        number: int,
        part: UploadedPart,
        made_of: str,
        outcomes: Iterable[FileOutcome] = (),
        *,
        is_boundary: bool = False,
    ) -> None:
        """Write the note of a part that was uploaded. Raises `Unavailable`."""
        note = PartNote(
            size=part.size,
            etag=part.etag,
            crc32=part.crc32,
            made_of=made_of,
            outcomes=tuple(outcomes),
            is_boundary=is_boundary,
        )
        self._workspace.note(number, note.model_dump(mode="json", exclude_defaults=True))
        with self._lock:
            self._notes[number] = note
            self.made += 1

    def stop(
        self, made_of: str, number: int, begun: bytes, outcomes: Sequence[FileOutcome]
    ) -> None:
        """Keep the part `number`, which is not full, and the outcomes that are in no part yet.

        Raises `Unavailable`.
        """
        self._workspace.keep(BEGUN, BytesIO(begun))
        stop = Stop(
            made_of=made_of, number=number, crc32=isal_zlib.crc32(begun), outcomes=tuple(outcomes)
        )
        self._workspace.write(STOP, stop.model_dump(mode="json", exclude_defaults=True))
        self.made += len(outcomes) - self._stopped_with
        self._stopped_with = len(outcomes)

    def stopped(self, made_of: str, number: int) -> tuple[bytes, tuple[FileOutcome, ...]] | None:
        """Return what `stop` kept of the part `number`, if anything. Raises `Unavailable`."""
        document = self._workspace.read(STOP)
        if document is None:
            return None
        stop = Stop.model_validate(document)
        with BytesIO() as kept:
            self._workspace.fetch(BEGUN, kept)
            begun = kept.read()
        if (stop.made_of, stop.number, stop.crc32) != (made_of, number, isal_zlib.crc32(begun)):
            return None
        self._stopped_with = len(stop.outcomes)
        return begun, stop.outcomes

    def following(self, first: int, made_of: str) -> Iterator[tuple[int, PartNote]]:
        """Yield the parts from number `first` on, without a gap, that were made of `made_of`."""
        number = first
        while (note := self._notes.get(number)) is not None and note.made_of == made_of:
            yield number, note
            number += 1

    def uploaded(self, *, last: int) -> dict[int, UploadedPart]:
        """Return the parts up to number `last`, of which the object is made."""
        return {
            number: UploadedPart(note.size, note.etag, note.crc32)
            for number, note in self._notes.items()
            if number <= last
        }

    def progress(self) -> tuple[int, int]:
        """Return the number of parts, and of their bytes."""
        with self._lock:
            return len(self._notes), sum(note.size for note in self._notes.values())

    @property
    def last(self) -> int:
        """Highest number of a part; 0 if there is none."""
        with self._lock:
            return max(self._notes, default=0)
