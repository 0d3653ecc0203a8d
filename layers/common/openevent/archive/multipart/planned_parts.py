"""Makes the planned parts of an archive, many at once: S3 copies them, or glue is uploaded."""

import hashlib
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from datetime import datetime
from threading import Event
from typing import TYPE_CHECKING

from isal import isal_zlib

from openevent.adapters.storage import ObjectFault, Upload, compute_crc32, read_range
from openevent.archive import zip_format
from openevent.archive.multipart.file_plan import (
    entry_of,
    fingerprint,
    plan_files,
    slices_of,
)
from openevent.archive.multipart.ledger import Ledger
from openevent.archive.multipart.state import FileOutcome, PlannedFile
from openevent.archive.multipart.zip_plan import MIB, Copy, Part, Slice
from openevent.archive.progress import Progress, Report
from openevent.archive.writer import Archive
from openevent.errors import Unavailable
from openevent.media.deadline import Deadline

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

# Parts that S3 copies at a time; a thread waits for the answer to each.
COPIES = 16

# At a time, at most: bytes of glue in memory, parts of glue, reads for them.
GLUE_MEMORY = 32 * MIB
GLUES = 4
READS = 16

# Tries of a part, and seconds before the second.
TRIES = 3
PAUSE = 1.0

# Seconds between two reports of progress.
TICK = 1.0


class PlannedParts:
    """The planned parts of one upload, made of those of `files` that are not gone."""

    def __init__(  # noqa: PLR0913 - what parts are made of and with
        self,
        files: Sequence[PlannedFile],
        *,
        s3: "S3Client",
        upload: Upload,
        ledger: Ledger,
        modified: datetime,
        deadline: Deadline,
        report: Report,
    ) -> None:
        """`modified`: the time of all files in the archive. `report` may raise to stop the work."""
        self._files = files
        self._s3 = s3
        self._upload = upload
        self._ledger = ledger
        self._modified = modified
        self._deadline = deadline
        self._report = report
        self._stop = Event()
        self.plan = plan_files(files, modified)
        self._copies: dict[int, list[tuple[int, Slice]]] = {}
        for number, part in enumerate(self.plan.parts, start=1):
            if isinstance(part, Copy):
                self._copies.setdefault(part.range.member, []).append((number, part.range))

    def make(self) -> dict[int, ObjectFault] | None:
        """Make the parts that S3 does not have yet; return None if the deadline passed before.

        Returns, by their index, the files whose object is missing, changed or denied: they need
        another plan. Raises `Unavailable`, `UploadGone`.
        """
        while todo := self._todo():
            if self._deadline.is_over():
                return None
            # Copies first: what S3 says of them is needed for the headers in the glue.
            ready = {number: part for number, part in todo.items() if self._is_ready(part)}
            if faults := self._make_all(ready):
                return faults
        return {}

    def rest(self) -> tuple[bytearray, list[FileOutcome]]:
        """Return the bytes behind the last planned part, and the outcomes of the files in them.

        Raises `FileFault`.
        """
        with ThreadPoolExecutor(READS, "read") as reading:
            return self._glue(self.plan.rest, reading)

    def list_in(self, archive: Archive, of_rest: Iterable[FileOutcome]) -> None:
        """Add the files to the archive's directory; `of_rest`: outcomes of those in the rest."""
        outcomes = [*self._outcomes(), *of_rest]
        for outcome in outcomes:
            if outcome.file is not None:
                entry = entry_of(self._files[outcome.file], outcome.crc32, self._modified)
                offset = self.plan.offsets[outcome.file]
                archive.add_placed(entry, offset, sha256=outcome.sha256)

    def _outcomes(self) -> Iterator[FileOutcome]:
        """Yield the outcomes of the files in the planned parts."""
        for number in range(1, len(self.plan.parts) + 1):
            note = self._ledger.find(number)
            if note is not None:
                yield from (outcome for outcome in note.outcomes if outcome.path)

    def fingerprint(self) -> str:
        """Return the fingerprint of the whole plan."""
        slices = [piece for part in self.plan.parts for piece in slices_of(part)]
        return fingerprint(self._files, [*slices, *self.plan.rest])

    def _todo(self) -> dict[int, Part]:
        return {
            number: part
            for number, part in enumerate(self.plan.parts, start=1)
            if not self._is_made(number)
        }

    def _is_made(self, number: int) -> bool:
        note = self._ledger.find(number)
        slices = slices_of(self.plan.parts[number - 1])
        return note is not None and note.made_of == fingerprint(self._files, slices)

    def _is_ready(self, part: Part) -> bool:
        """Return whether the CRC-32s for the headers in the part are known."""
        return isinstance(part, Copy) or all(
            self._is_whole(piece) or self._copies_are_made(piece.member)
            for piece in part.slices
            if piece.header and self._files[piece.member].crc32 is None
        )

    def _is_whole(self, piece: Slice) -> bool:
        return piece.start == 0 and piece.stop == self._files[piece.member].size

    def _copies_are_made(self, i: int) -> bool:
        return all(self._is_made(number) for number, _ in self._copies.get(i, ()))

    def _make_all(self, parts: Mapping[int, Part]) -> dict[int, ObjectFault]:
        """Make parts, many at once, until the deadline; return the files that need another plan."""
        largest = max((_glue_size(part) for part in parts.values()), default=0)
        glues = max(1, min(GLUES, GLUE_MEMORY // max(1, largest)))
        faults: dict[int, ObjectFault] = {}
        with (
            ThreadPoolExecutor(READS, "read") as reading,
            ThreadPoolExecutor(COPIES, "copy") as copying,
            ThreadPoolExecutor(glues, "glue") as gluing,
        ):

            def make(number: int, part: Part) -> None:
                if self._stop.is_set() or self._deadline.is_over():
                    return
                try:
                    self._tried(number, part, reading)
                except FileFault as fault:
                    faults[fault.file] = fault.fault
                except BaseException:
                    self._stop.set()
                    raise

            self._wait(
                {
                    (copying if isinstance(part, Copy) else gluing).submit(make, number, part)
                    for number, part in parts.items()
                }
            )
        return faults

    def _wait(self, futures: set[Future[None]]) -> None:
        """Wait for parts, and report progress; an error stops those that have not begun."""
        try:
            while futures:
                done, futures = wait(futures, TICK, FIRST_EXCEPTION)
                for future in done:
                    future.result()
                count, size = self._ledger.progress()
                total = len(self.plan.parts) + 1
                self._report(Progress("media", min(count, total), total, size))
        except BaseException:
            self._stop.set()
            raise

    def _tried(self, number: int, part: Part, reading: ThreadPoolExecutor) -> None:
        for attempt in range(1, TRIES):
            try:
                return self._make(number, part, reading)
            except Unavailable:
                time.sleep(PAUSE * attempt)
        return self._make(number, part, reading)

    def _make(self, number: int, part: Part, reading: ThreadPoolExecutor) -> None:
        made_of = fingerprint(self._files, slices_of(part))
        if isinstance(part, Copy):
            self._copy(number, part.range, made_of)
        else:
            body, outcomes = self._glue(part.slices, reading)
            self._ledger.add(number, self._upload.put(number, bytes(body)), made_of, outcomes)

    def _copy(self, number: int, piece: Slice, made_of: str) -> None:
        file = self._files[piece.member]
        outcomes: list[FileOutcome] = []
        with _faults_of(piece.member):
            made = self._upload.copy(number, file.seen, piece.start, piece.stop)
            if made.crc32 is None and file.crc32 is None and file.path:
                # S3 does not say the CRC-32, so the bytes are streamed.
                crc32 = compute_crc32(self._s3, file.seen, piece.start, piece.stop)
                outcomes.append(FileOutcome(file=piece.member, crc32=crc32))
        self._ledger.add(number, made, made_of, outcomes)

    def _glue(
        self, slices: Sequence[Slice], reading: ThreadPoolExecutor
    ) -> tuple[bytearray, list[FileOutcome]]:
        """Return the bytes of `slices` with their headers, and outcomes of the files that begin."""
        body = bytearray()
        outcomes: list[FileOutcome] = []
        reads = [reading.submit(self._read, piece) for piece in slices]
        for piece, read in zip(slices, reads, strict=True):
            content = read.result()
            if piece.header:
                outcome = self._begun(piece, content)
                entry = entry_of(self._files[piece.member], outcome.crc32, self._modified)
                body += zip_format.local_header(entry)
                outcomes.append(outcome)
            body += content
        return body, outcomes

    def _read(self, piece: Slice) -> bytes:
        seen = self._files[piece.member].seen
        with _faults_of(piece.member):
            return read_range(self._s3, seen, piece.start, piece.stop)

    def _begun(self, piece: Slice, content: bytes) -> FileOutcome:
        """Return the outcome of the file that begins with `content`."""
        file = self._files[piece.member]
        whole = self._is_whole(piece)
        return FileOutcome(
            file=piece.member,
            path=file.path,
            size=file.size,
            crc32=isal_zlib.crc32(content) if whole else self._crc32(piece.member, content),
            sha256=hashlib.sha256(content).hexdigest() if whole else None,
        )

    def _crc32(self, i: int, head: bytes) -> int:
        """Return the CRC-32 of a file that begins with `head`.

        It is S3's own of the whole object; else that of `head`, combined with those of the ranges
        that were copied; else the object is streamed.
        """
        file = self._files[i]
        if file.crc32 is not None:
            return file.crc32
        if i not in self._copies:
            with _faults_of(i):
                return compute_crc32(self._s3, file.seen, 0, file.size)
        crc32 = isal_zlib.crc32(head)
        for number, piece in self._copies[i]:
            note = self._ledger.find(number)
            if note is None:
                raise AssertionError(number)
            part = note.outcomes[0].crc32 if note.crc32 is None else note.crc32
            crc32 = isal_zlib.crc32_combine(crc32, part, piece.stop - piece.start)
        return crc32


class FileFault(Exception):
    """The object of a planned file is missing, changed or denied."""

    def __init__(self, file: int, fault: ObjectFault) -> None:
        """`file`: its index."""
        super().__init__(file, fault)
        self.file = file
        self.fault = fault


@contextmanager
def _faults_of(file: int) -> Iterator[None]:
    try:
        yield
    except ObjectFault as fault:
        raise FileFault(file, fault) from fault


def _glue_size(part: Part) -> int:
    if isinstance(part, Copy):
        return 0
    return sum(piece.stop - piece.start for piece in part.slices)
