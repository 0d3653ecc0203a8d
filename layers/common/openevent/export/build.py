"""Builds an archive: the rows of one state of the database, media files, then the manifest."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from itertools import chain
from typing import IO, TYPE_CHECKING

from isal import isal_zlib

from openevent.adapters.database import Database
from openevent.archive.progress import Progress, Report
from openevent.archive.writer import Archive, Summary
from openevent.catalogue.files import DataFile, Dialect
from openevent.export.addresses import Addresses
from openevent.export.contents_by_kind import ContentsByKind, KindRecord
from openevent.export.data_files import FILES_OF, PICTURES_OF, data_files
from openevent.export.dialects.webapp_rules import Rules
from openevent.export.findings import Findings
from openevent.export.job import Job, SkippedMedia
from openevent.export.manifest import write_manifest
from openevent.export.pending_file import PendingFile
from openevent.export.rows.file_rows import FileRows, FileTexts, media_of
from openevent.export.rows.queries import EventSnapshot
from openevent.export.schedules import add_schedules, note_timezone, read_schedule
from openevent.export.site import SiteRows, add_pages
from openevent.export.skipped_list import SkippedList
from openevent.export.tables import add_tables
from openevent.media.places import Places
from openevent.media.requested import MediaOutcome, Placed, RequestedMedia
from openevent.media.skipped import Skip, Skipped
from openevent.rights.events import Event, find_event

if TYPE_CHECKING:
    from openevent.programme.model import Programme


@dataclass(frozen=True, slots=True)
class Result:
    """A finished archive: its summary, its skipped media files, the first by name, and its repairs.

    `repaired`: the number of repairs by `repairs.RepairKind`. `warnings`: as in the manifest.
    `contents`: the files but the manifest, by `contents_by_kind.ContentKind`.
    """

    summary: Summary
    skipped_count: int
    skipped: tuple[SkippedMedia, ...]
    repaired: Mapping[str, int]
    warnings: Sequence[Mapping[str, str]]
    contents: Mapping[str, KindRecord] = field(default_factory=dict)


class Build:
    """An archive that is being built: `read`, then `complete`, `fill`, and `finish`.

    After `complete` it can be saved, and restored in another process that needs no database. All
    methods raise `Unfit` for data that breaks the rules of the archive's dialect.
    """

    def __init__(
        self,
        archive: Archive,
        job: Job,
        *,
        addresses: Addresses,
        report: Report,
    ) -> None:
        """`report` is called with each progress; it may raise to stop the work."""
        self._archive = archive
        self._job = job
        self._addresses = addresses
        self._report = report
        self._files = FILES_OF[job.options.dialect]
        self._findings = Findings(archive.spool())
        self._rules = Rules()
        self._pending: list[PendingFile] = []
        self._skipped = SkippedList(archive.spool())
        self._site = SiteRows(archive.spool(), has_pages=job.options.has_pages)
        self._programme: Programme | None = None
        self._media_done = 0

    def read(self, database: Database) -> Event:
        """Read the event's rows from one state of the database, then release the database.

        Files without media are written to the archive, the others wait on disk. Raise `NotFound` if
        the event is gone, `Unavailable` if the database is away.
        """
        with database.snapshot() as session:
            event = find_event(session, self._job.event_id)
            with EventSnapshot.opened(session, event) as snapshot:
                found = data_files(
                    snapshot, self._job.options, self._addresses, self._findings, self._rules
                )
                for done, rows in enumerate(found):
                    self._report(Progress("data", done, len(self._files), self._archive.size))
                    self._take(rows)
            if self._job.options.has_schedules:
                privacy = self._job.options.privacy
                self._programme = read_schedule(
                    session, event, privacy, self._addresses, self._findings
                )
            elif self._job.options.shows_times:
                note_timezone(session, event, self._findings)
            if self._job.options.has_tables:
                add_tables(self._archive, session, event, self._job.options, self._findings)
        return event

    def complete(self) -> None:
        """Write what was read and waits for no media: placeholders, and the programme."""
        for path, picture in PICTURES_OF[self._job.options.dialect].items():
            self._add_picture(path, picture)
        if self._programme is not None:
            add_schedules(self._archive, self._programme)
            self._programme = None

    def note_bucket(self, places: Places) -> None:
        """Warn if media files are requested and none of them is in the media bucket."""
        self._findings.note_bucket((media.address for media in self._requested()), places)

    def requested(self) -> Sequence[RequestedMedia]:
        """Return the media files that are requested, in the order in which `fill` wants them.

        Read at once, as `fill` removes what they are read from.
        """
        return tuple(self._requested())

    def fill(self, outcomes: Iterable[MediaOutcome]) -> None:
        """Finish the data files with media files, given an outcome for each that is requested."""
        following = iter(outcomes)
        for pending in self._pending:
            self._finish_file(pending, following)

    def save(self, to: IO[bytes]) -> None:
        """Write what was read and is not in the archive yet, for `restore` in another process."""
        self._findings.save(to)
        to.write(json.dumps([pending.file.name for pending in self._pending]).encode() + b"\n")
        for pending in self._pending:
            pending.save(to)
        self._site.kept.save(to)

    def restore(self, saved: IO[bytes]) -> None:
        """Take over what another process saved."""
        self._findings.restore(saved)
        files = {file.name: file for file in self._files}
        for name in json.loads(saved.readline()):
            pending = self._new_pending(files[name])
            pending.restore(saved)
        self._site.kept.restore(saved)

    def finish(self, event: Event) -> Result:
        """Write the pages and the manifest, and end the archive."""
        if self._site.has_pages:
            add_pages(
                self._archive,
                self._job,
                event,
                self._site,
                addresses=self._addresses,
                findings=self._findings,
                skipped=self._skipped,
            )
        contents = ContentsByKind()
        self._rules.check_media(contents.paths_of(self._archive.listed()))
        write_manifest(self._archive, self._job, event, self._findings, self._skipped)
        return Result(
            self._archive.finish(),
            self._skipped.count,
            tuple(self._skipped.named),
            self._findings.repairs,
            self._findings.warnings,
            contents.counted,
        )

    def _requested(self) -> Iterator[RequestedMedia]:
        return chain.from_iterable(pending.requested() for pending in self._pending)

    def _take(self, rows: FileRows | FileTexts) -> None:
        """Write the file, or keep its rows on disk until its media files are fetched."""
        if isinstance(rows, FileTexts):
            self._write(rows.file, self._site.passing(rows.file.name, rows.batches))
            return
        if not rows.media:
            texts = ([row.text.encode() for row in batch] for batch in rows.batches)
            self._write(rows.file, self._site.passing(rows.file.name, texts))
            return
        pending = self._new_pending(rows.file)
        for row in chain.from_iterable(rows.batches):
            pending.add(row)

    def _add_picture(self, path: str, picture: bytes) -> None:
        crc32, sha256 = isal_zlib.crc32(picture), hashlib.sha256(picture).hexdigest()
        self._archive.add_media(path, BytesIO(picture), crc32=crc32, sha256=sha256)

    def _new_pending(self, file: DataFile) -> PendingFile:
        pending = PendingFile(file, self._archive.spool(), self._archive.spool())
        self._pending.append(pending)
        return pending

    def _finish_file(self, pending: PendingFile, outcomes: Iterator[MediaOutcome]) -> None:
        texts = self._texts(pending, outcomes)
        self._write(pending.file, ([text] for text in texts))
        pending.close()

    def _write(self, file: DataFile, batches: Iterable[Sequence[bytes | memoryview]]) -> None:
        if not file.single:
            self._archive.add_array(file.name, batches)
            return
        with self._archive.data_file(file.name) as member:
            for text in chain.from_iterable(batches):
                member.write(bytes(text))

    def _texts(self, pending: PendingFile, outcomes: Iterator[MediaOutcome]) -> Iterator[bytes]:
        """Yield the rows' texts with what became of their media files."""
        total = sum(pending.media_count for pending in self._pending)
        for row in pending.rows():
            values = dict(row.holes)
            placed = []
            for media in media_of(pending.file, row):
                path = self._place(media, next(outcomes))
                if path is not None:
                    values[media.field.column] = f"{media.field.prefix}{path}"
                    placed.append(media.field.column)
                elif not media.field.keeps_address:
                    values[media.field.column] = media.field.without_file
                self._media_done += 1
                self._report(Progress("media", self._media_done, total, self._archive.size))
            text = row.filled(values)
            if self._job.options.dialect is Dialect.WEBAPP:
                self._rules.check_row_with_media(pending.file.name, json.loads(text))
            data = text.encode()
            self._site.keep(pending.file.name, data, placed)
            yield data

    def _place(self, media: RequestedMedia, outcome: MediaOutcome) -> str | None:
        """Put a media file into the archive. Return its path there; None if it is skipped."""
        placed = self._added(media, outcome)
        if isinstance(placed, Skip):
            self._skipped.add(media, placed)
            return None
        return placed

    def _added(self, media: RequestedMedia, outcome: MediaOutcome) -> str | Skip:
        if isinstance(outcome, Skip):
            return outcome
        if isinstance(outcome, Placed):
            return outcome.path
        try:
            with outcome.content as content:
                path = media.path(outcome.extension)
                self._archive.add_media(path, content, crc32=outcome.crc32, sha256=outcome.sha256)
        except Skipped as skipped:
            return skipped.skip
        return path
