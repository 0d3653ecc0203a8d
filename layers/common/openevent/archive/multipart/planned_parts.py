"""The parts of an archive that are planned: S3 copies them, or the worker glues, many at once."""

import hashlib
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from threading import Event
from typing import TYPE_CHECKING

from isal import isal_zlib

from openevent.adapters.storage import ObjectFault, Upload, compute_crc32, read_range
from openevent.archive import zip_format
from openevent.archive.multipart import zip_plan
from openevent.archive.multipart.ledger import Ledger
from openevent.archive.multipart.state import Outcome, PlannedFile
from openevent.archive.multipart.zip_plan import MIB, Copy, Glue, Member, Part, Plan, Slice
from openevent.archive.progress import Progress, Report
from openevent.archive.writer import Archive
from openevent.archive.zip_format import Entry, Method
from openevent.errors import Unavailable
from openevent.media.deadline import Deadline

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

# Parts that S3 copies at a time: it does the work, and each waits for one answer.
COPIES = 16

# Bytes of glue in memory, and parts of it at most, at a time; reads for them at a time.
GLUE_MEMORY = 32 * MIB
GLUES = 4
READS = 16

# Numbers of parts that are left for what is not planned: at 8 MiB a part 16 GiB from elsewhere.
STREAMED_PARTS = 2_000

# Times that a part is tried, and the seconds before the second.
TRIES = 3
PAUSE = 1.0

# Seconds between two looks at how far the parts are.
TICK = 1.0


class PlannedParts:
    """The planned parts of one upload, made of `files` (each in the archive, or gone)."""

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
        """`modified`: the time that all files bear. `report` may raise to stop the work."""
        self._files = files
        self._s3 = s3
        self._upload = upload
        self._ledger = ledger
        self._modified = modified
        self._deadline = deadline
        self._report = report
        self._stop = Event()
        self.plan = _planned(files, modified)
        self._copies: dict[int, list[tuple[int, Slice]]] = {}
        for number, part in enumerate(self.plan.parts, start=1):
            if isinstance(part, Copy):
                self._copies.setdefault(part.range.member, []).append((number, part.range))

    def make(self) -> dict[int, ObjectFault] | None:
        """Make the parts that are not there yet; None when time was up first.

        Returns, by their places, the files that are not as they were seen: without them, the plan
        has to be another one. Raises `Unavailable`, and `UploadGone`.
        """
        while todo := self._todo():
            if self._deadline.is_over():
                return None
            # Copies first: what S3 says of them is needed for the headers in the glue.
            ready = {number: part for number, part in todo.items() if self._is_ready(part)}
            if faults := self._make_all(ready):
                return faults
        return {}

    def rest(self) -> tuple[bytearray, list[Outcome]]:
        """The bytes behind the last planned part, and what became of the files in them.

        Raises `FileFault`.
        """
        with ThreadPoolExecutor(READS, "read") as reading:
            return self._glue(self.plan.rest, reading)

    def list_in(self, archive: Archive, of_rest: Iterable[Outcome]) -> None:
        """Add the files to the archive's directory; `of_rest` are outcomes of those in the rest."""
        outcomes = [*self._outcomes(), *of_rest]
        for outcome in outcomes:
            if outcome.file is not None:
                entry = _entry(self._files[outcome.file], outcome.crc32, self._modified)
                offset = self.plan.offsets[outcome.file]
                archive.add_placed(entry, offset, sha256=outcome.sha256)

    def _outcomes(self) -> Iterator[Outcome]:
        """What became of the files in the planned parts."""
        for number in range(1, len(self.plan.parts) + 1):
            note = self._ledger.find(number)
            if note is not None:
                yield from (outcome for outcome in note.outcomes if outcome.path)

    def fingerprint(self) -> str:
        """What stands for the whole plan: another plan has another one."""
        slices = [piece for part in self.plan.parts for piece in _slices(part)]
        return self._digest([*slices, *self.plan.rest])

    def _todo(self) -> dict[int, Part]:
        return {
            number: part
            for number, part in enumerate(self.plan.parts, start=1)
            if not self._is_made(number)
        }

    def _is_made(self, number: int) -> bool:
        note = self._ledger.find(number)
        slices = _slices(self.plan.parts[number - 1])
        return note is not None and note.made_of == self._digest(slices)

    def _is_ready(self, part: Part) -> bool:
        """Whether the part can be made: the headers in it need CRC-32s."""
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
        """Make parts, many at once, until time is up; the files that are not as they were seen."""
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
        """Wait for parts, and report meanwhile; what goes wrong stops those that have not begun."""
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
        made_of = self._digest(_slices(part))
        if isinstance(part, Copy):
            self._copy(number, part.range, made_of)
        else:
            body, outcomes = self._glue(part.slices, reading)
            self._ledger.add(number, self._upload.put(number, bytes(body)), made_of, outcomes)

    def _copy(self, number: int, piece: Slice, made_of: str) -> None:
        file = self._files[piece.member]
        outcomes: list[Outcome] = []
        with _faults_of(piece.member):
            made = self._upload.copy(number, file.seen, piece.start, piece.stop)
            if made.crc32 is None and file.crc32 is None and file.path:
                # S3 does not say it: the bytes have to come by.
                crc32 = compute_crc32(self._s3, file.seen, piece.start, piece.stop)
                outcomes.append(Outcome(file=piece.member, crc32=crc32))
        self._ledger.add(number, made, made_of, outcomes)

    def _glue(
        self, slices: Sequence[Slice], reading: ThreadPoolExecutor
    ) -> tuple[bytearray, list[Outcome]]:
        """The bytes of `slices` with their headers, and what became of the files that begin."""
        body = bytearray()
        outcomes: list[Outcome] = []
        reads = [reading.submit(self._read, piece) for piece in slices]
        for piece, read in zip(slices, reads, strict=True):
            content = read.result()
            if piece.header:
                outcome = self._begun(piece, content)
                entry = _entry(self._files[piece.member], outcome.crc32, self._modified)
                body += zip_format.local_header(entry)
                outcomes.append(outcome)
            body += content
        return body, outcomes

    def _read(self, piece: Slice) -> bytes:
        seen = self._files[piece.member].seen
        with _faults_of(piece.member):
            return read_range(self._s3, seen, piece.start, piece.stop)

    def _begun(self, piece: Slice, content: bytes) -> Outcome:
        """What is known of the file that begins with `content`."""
        file = self._files[piece.member]
        whole = self._is_whole(piece)
        return Outcome(
            file=piece.member,
            path=file.path,
            size=file.size,
            crc32=isal_zlib.crc32(content) if whole else self._crc32(piece.member, content),
            sha256=hashlib.sha256(content).hexdigest() if whole else None,
        )

    def _crc32(self, i: int, head: bytes) -> int:
        """The CRC-32 of a file of which these are the first bytes.

        S3's own of the whole object; else that of the first bytes combined with those of the
        ranges that were copied; else the object is streamed.
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

    def _digest(self, slices: Iterable[Slice]) -> str:
        digest = hashlib.sha256()
        for piece in slices:
            file = self._files[piece.member]
            facts = (file.path, file.key, file.etag, piece.header, piece.start, piece.stop)
            digest.update(repr(facts).encode())
        return digest.hexdigest()[:16]


class FileFault(Exception):
    """A file of the plan is not as it was seen."""

    def __init__(self, file: int, fault: ObjectFault) -> None:
        """`file`: its place."""
        super().__init__(file, fault)
        self.file = file
        self.fault = fault


@contextmanager
def _faults_of(file: int) -> Iterator[None]:
    try:
        yield
    except ObjectFault as fault:
        raise FileFault(file, fault) from fault


def _planned(files: Sequence[PlannedFile], modified: datetime) -> Plan:
    """The plan of the files that are there, its slices and offsets going by their places."""
    there = [i for i, file in enumerate(files) if file.gone is None]
    members = [
        Member(
            len(zip_format.local_header(_entry(files[i], 0, modified))) if files[i].path else 0,
            files[i].size,
        )
        for i in there
    ]
    plan = zip_plan.plan(members, max_parts=zip_plan.MAX_PARTS - STREAMED_PARTS)

    def named(piece: Slice) -> Slice:
        return replace(piece, member=there[piece.member])

    def part_of(part: Part) -> Part:
        if isinstance(part, Copy):
            return Copy(named(part.range))
        return Glue(tuple(map(named, part.slices)))

    offsets = dict(zip(there, plan.offsets, strict=True))
    return replace(
        plan,
        parts=tuple(map(part_of, plan.parts)),
        rest=tuple(map(named, plan.rest)),
        offsets=tuple(offsets.get(i, 0) for i in range(len(files))),
    )


def _entry(file: PlannedFile, crc32: int, modified: datetime) -> Entry:
    return Entry(file.path, Method.STORED, crc32, file.size, file.size, modified)


def _slices(part: Part) -> tuple[Slice, ...]:
    return part.slices if isinstance(part, Glue) else (part.range,)


def _glue_size(part: Part) -> int:
    if isinstance(part, Copy):
        return 0
    return sum(piece.stop - piece.start for piece in part.slices)
