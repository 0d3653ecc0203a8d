"""Building an archive: the rows of one state of the database, then the media, then the manifest."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import IO

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from openevent.adapters.database import Database
from openevent.archive.progress import Progress, Report
from openevent.archive.writer import Archive, Summary
from openevent.catalogue import files as contents
from openevent.catalogue.files import DataFile, Dialect, MediaField
from openevent.catalogue.privacy import Privacy
from openevent.export.addresses import Addresses
from openevent.export.data_files import FILES_OF, data_files
from openevent.export.dialects.webapp_rules import Rules
from openevent.export.findings import Findings
from openevent.export.job import NAMED_SKIPPED, Job, SkippedMedia
from openevent.export.rows.file_rows import FileRows
from openevent.export.rows.queries import EventSnapshot
from openevent.export.rows.row import Row
from openevent.media.fetch import Fetcher, MediaFile
from openevent.media.names import media_stem
from openevent.media.skipped import Reason, Skipped
from openevent.rights.events import Event, find_event

logger = Logger(child=True)
metrics = Metrics()

# How much of an address a job's record shows; the manifest has all of it.
MAX_ADDRESS = 300

# Bytes of rows that wait for their media on disk and are read at a time.
READ_AHEAD = 1 << 16


@dataclass(frozen=True, slots=True)
class Result:
    """What was built, the media that is not in it, the first few by name, and what was changed.

    `repaired`: how often each of `repairs.Change` was made.
    """

    summary: Summary
    skipped_count: int
    skipped: tuple[SkippedMedia, ...]
    repaired: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A medium that was asked for: its address, and the field and the row that have it."""

    field: MediaField
    row_id: int
    row_name: str | None
    address: str

    @property
    def stem(self) -> str:
        """Where it lies in the archive, without the extension."""
        return media_stem(self.field.path, row_id=self.row_id, name=self.row_name)

    def path(self, extension: str) -> str:
        """Where it lies in the archive. Raises `Skipped` where no reader takes such files."""
        return path_of(self.stem, extension, self.field.extensions)


def path_of(stem: str, extension: str, extensions: Collection[str]) -> str:
    """The path with its extension. Raises `Skipped` if that is not one of `extensions`, if any."""
    if extensions and extension not in extensions:
        raise Skipped(Reason.UNREADABLE, extension)
    return f"{stem}.{extension}"


@dataclass(frozen=True, slots=True)
class Placed:
    """A medium that lies in the archive already, at `path`."""

    path: str


Outcome = MediaFile | Placed | Skipped


class Build:
    """One archive in the making: `read`, then `fetch` or `fill`, then `finish`.

    One that was `read` can be saved, and restored where it goes on, without the database. All raise
    `Unfit` when what they were to write breaks the rules of its dialect.
    """

    def __init__(
        self,
        archive: Archive,
        job: Job,
        *,
        addresses: Addresses,
        report: Report,
    ) -> None:
        """`report` hears of every step; it may raise to stop the work."""
        self._archive = archive
        self._job = job
        self._addresses = addresses
        self._report = report
        self._files = FILES_OF[job.options.dialect]
        self._findings = Findings(archive.spool())
        self._rules = Rules()
        self._pending: list[_Pending] = []
        self._skipped = archive.spool()
        self._skipped_count = 0
        self._skipped_named: list[SkippedMedia] = []
        self._media_done = 0

    def read(self, database: Database) -> Event:
        """Take the event's rows from one state of the database, and let go of it.

        Files without media are finished by this, the others wait on disk. Raises `NotFound` when
        there is no such event any more, `Unavailable` when the database is away.
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
        return event

    def fetch(self, fetcher: Fetcher, *, concurrency: int) -> None:
        """Put the media that was asked for into the archive, so many at once; finish its files."""
        total = sum(pending.media for pending in self._pending)
        for pending in self._pending:
            addresses = (address for row in pending.rows() for address in row.addresses.values())
            outcomes = fetcher.fetch_all(addresses, concurrency=concurrency)
            texts = self._texts(pending.file, pending.rows(), outcomes, total)
            self._write(pending.file, ([text] for text in texts))
            pending.spool.close()

    def wanted(self) -> Iterator[Wanted]:
        """The media that was asked for, in the order in which it is filled in."""
        for pending in self._pending:
            fields = {field.column: field for field in pending.file.media}
            for row in pending.rows():
                for column, address in row.addresses.items():
                    yield Wanted(fields[column], row.id or 0, row.name, address)

    def fill(self, outcomes: Iterable[Outcome]) -> None:
        """Finish the files with media, of which there is one of `outcomes` for each `wanted`."""
        total = sum(pending.media for pending in self._pending)
        following = iter(outcomes)
        for pending in self._pending:
            texts = self._texts(pending.file, pending.rows(), following, total)
            self._write(pending.file, ([text] for text in texts))
            pending.spool.close()

    def save(self, to: IO[bytes]) -> None:
        """Write what was read and is not in the archive yet, for `restore` in another process."""
        names = [pending.file.name for pending in self._pending]
        self._findings.save(to)
        _write_line(to, names)
        for pending in self._pending:
            for row in pending.rows():
                _write_line(to, [pending.file.name, *row.fields()])

    def restore(self, saved: IO[bytes]) -> None:
        """Go on where one that was saved left off."""
        self._findings.restore(saved)
        files = {file.name: file for file in self._files}
        pending = {
            name: _Pending(files[name], self._archive.spool())
            for name in json.loads(saved.readline())
        }
        self._pending = list(pending.values())
        for line in saved:
            name, *fields = json.loads(line)
            pending[name].add(Row(*fields))

    def finish(self, event: Event) -> Result:
        """Write the manifest and end the archive."""
        options = self._job.options
        self._rules.check_media(json.loads(line)["path"] for line in self._archive.listed())
        self._skipped.seek(0)
        # Readers of the other dialects publish all that lies in the archive.
        named = options.privacy is not Privacy.PUBLIC and options.dialect is Dialect.SERVER
        head = {
            "format_version": contents.FORMAT_VERSION,
            "task_id": self._job.id,
            "created_at": self._job.created_at,
            "requested_by": self._job.user_email if named else None,
            "event": {"id": event.id, "identifier": event.identifier, "name": event.name},
            "options": options.model_dump(),
            "warnings": self._findings.warnings,
            "withheld": self._findings.withheld,
        }
        lists = {
            "repaired": self._findings.repaired(),
            "skipped": (line.decode().rstrip("\n") for line in self._skipped),
            "files": self._archive.listed(),
        }
        with self._archive.data_file(contents.MANIFEST_FILE) as manifest:
            manifest.write(_json(head).removesuffix("\n}"))
            for key, texts in lists.items():
                manifest.write(f',\n    "{key}": [')
                for number, text in enumerate(texts):
                    manifest.write(f"{',' if number else ''}\n        {text}")
                manifest.write("\n    ]")
            manifest.write("\n}")
        return Result(
            self._archive.finish(),
            self._skipped_count,
            tuple(self._skipped_named),
            self._findings.repairs,
        )

    def _take(self, rows: FileRows) -> None:
        """Write the file, or keep its rows on disk until its media files are fetched."""
        if not rows.media:
            self._write(rows.file, ([row.text for row in batch] for batch in rows.batches))
            return
        pending = _Pending(rows.file, self._archive.spool())
        for row in chain.from_iterable(rows.batches):
            pending.add(row)
        self._pending.append(pending)

    def _write(self, file: DataFile, batches: Iterable[Sequence[str]]) -> None:
        if not file.single:
            self._archive.add_array(file.name, batches)
            return
        with self._archive.data_file(file.name) as member:
            for text in chain.from_iterable(batches):
                member.write(text)

    def _texts(
        self,
        file: DataFile,
        found: Iterable[Row],
        outcomes: Iterator[Outcome],
        total: int,
    ) -> Iterator[str]:
        fields = {field.column: field for field in file.media}
        for row in found:
            values = dict(row.holes)
            for column, address in row.addresses.items():
                placed = self._place(file, fields[column], row, address, next(outcomes))
                values[column] = placed
                self._media_done += 1
                self._report(Progress("media", self._media_done, total, self._archive.size))
            text = row.filled(values)
            if self._job.options.dialect is Dialect.WEBAPP:
                self._rules.check_row_with_media(file.name, json.loads(text))
            yield text

    def _place(
        self, file: DataFile, field: MediaField, row: Row, address: str, outcome: Outcome
    ) -> str | None:
        """Put a medium into the archive; the field's value from now on."""
        if isinstance(outcome, Placed):
            return f"{field.prefix}{outcome.path}"
        try:
            if isinstance(outcome, Skipped):
                raise outcome
            with outcome.content as content:
                path = Wanted(field, row.id or 0, row.name, address).path(outcome.extension)
                self._archive.add_media(path, content, crc32=outcome.crc32, sha256=outcome.sha256)
        except Skipped as skipped:
            self._skip(file, field, row, address, skipped)
            return row.holes[field.column] if field.keeps_address else None
        return f"{field.prefix}{path}"

    def _skip(
        self, file: DataFile, field: MediaField, row: Row, address: str, skipped: Skipped
    ) -> None:
        medium = SkippedMedia(
            file=file.name,
            id=row.id,
            field=field.column,
            address=address,
            reason=skipped.reason,
            detail=skipped.text,
        )
        logger.warning(
            "A medium is left out",
            extra={**medium.model_dump(exclude={"detail"}), "cause": repr(skipped.__cause__)},
        )
        if skipped.reason is Reason.ACCESS_DENIED:
            metrics.add_metric("MediaAccessDenied", MetricUnit.Count, 1)
        self._skipped_count += 1
        self._skipped.write(medium.model_dump_json().encode() + b"\n")
        if len(self._skipped_named) < NAMED_SKIPPED:
            self._skipped_named.append(medium.model_copy(update={"address": address[:MAX_ADDRESS]}))


@dataclass(slots=True)
class _Pending:
    """A data file whose media is yet to be fetched: its rows, spooled, and how many media."""

    file: DataFile
    spool: IO[bytes]
    media: int = 0

    def add(self, row: Row) -> None:
        self.media += len(row.addresses)
        _write_line(self.spool, row.fields())

    def rows(self) -> Iterator[Row]:
        """The rows; several may be at different places of them at a time."""
        place = 0
        while True:
            self.spool.seek(place)
            lines = self.spool.readlines(READ_AHEAD)
            place = self.spool.tell()
            if not lines:
                return
            for line in lines:
                yield Row(*json.loads(line))


def _write_line(to: IO[bytes], document: object) -> None:
    to.write(json.dumps(document, ensure_ascii=False).encode() + b"\n")


def _json(document: object) -> str:
    return json.dumps(document, ensure_ascii=False, indent=4)
