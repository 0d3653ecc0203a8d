"""The record of an export: one job, its archive, and the media that is not in it."""

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import Field

from openevent.archive.progress import Progress
from openevent.export.contents_by_kind import KindRecord
from openevent.export.old_jobs import upgrade
from openevent.export.options import Options
from openevent.jobs.clock import DAY, epoch, timestamp
from openevent.jobs.record import FIRST_KIND, RECORD_DAYS, JobRecord, Record
from openevent.programme.format import Format

# Number of skipped media files that a record names; the archive's manifest names all.
NAMED_SKIPPED = 20


class SkippedMedia(Record):
    """A media file that was asked for and is not in the archive."""

    file: str
    id: int | None
    field: str
    address: str
    reason: str
    detail: str


class ArchiveRecord(Record):
    """A finished archive: its key, its size in bytes, and the media that is not in it.

    `sha256` is None for an archive that S3 assembled. `contents`: its files by kind; empty for the
    file of a schedule, and in records of release 1.0. `expires_at`: epoch seconds.
    """

    key: str
    size: int
    sha256: str | None
    files: int
    skipped_count: int
    skipped: tuple[SkippedMedia, ...]
    repaired: Mapping[str, int] = Field(default_factory=dict)
    warnings: tuple[Mapping[str, str], ...] = ()
    contents: Mapping[str, KindRecord] = Field(default_factory=dict)
    expires_at: int

    @property
    def path(self) -> str:
        """Path of its download, below the event's `exports/`."""
        return self.key.split("/", 2)[2]


class UploadRecord(Record):
    """The unfinished upload of an archive that S3 assembles."""

    key: str
    id: str


class TableFile(Record):
    """A CSV file of one table, which a job makes instead of an archive.

    `name`: of the table. `status`: the value by which its rows are selected; None for all of them.
    `excel`: whether it begins with a byte-order mark.
    """

    name: str
    status: str | None = None
    excel: bool = True

    @property
    def text(self) -> str:
        """Text that is the same for equal files alone."""
        return f"{self.name}/{self.status or ''}/{'excel' if self.excel else 'plain'}"


class Job(JobRecord):
    """An export.

    `joined_by`: ids of the users who asked for the same export while it waited. `rounds` counts the
    claims that made parts of the archive and handed the job on. `schedule`: the format of the file,
    if the job makes one of the event's programme instead of an archive; `table`: the file, if it
    makes one of a table. No mail announces these.
    """

    KIND: ClassVar[str] = FIRST_KIND
    PENDING: ClassVar[str] = "job"

    kind: str = FIRST_KIND
    event_id: int
    event_identifier: str
    event_name: str
    joined_by: frozenset[int] = frozenset()
    options: Options
    schedule: Format | None = None
    table: TableFile | None = None
    progress: Progress | None = None
    upload: UploadRecord | None = None
    archive: ArchiveRecord | None = None

    @property
    def makes_archive(self) -> bool:
        """Whether it makes an archive, and not a single file."""
        return self.schedule is None and self.table is None

    @property
    def sends_mail(self) -> bool:
        """Whether a mail announces its end."""
        return self.makes_archive

    @property
    def format(self) -> str:
        """The end of its file's name: of an archive, of a schedule, or of a table."""
        return "csv" if self.table is not None else self.schedule or "zip"

    @classmethod
    def upgraded(cls, record: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the record of an earlier release in the form of today."""
        return upgrade(record)


def task_url(job: Job) -> str:
    """Return the address of the job's task; clients expect exactly `/v1/tasks/<id>`."""
    return f"/v1/tasks/{job.id}"


def new_job(  # noqa: PLR0913 - the facts of a job
    *,
    task_id: str,
    event_id: int,
    event_identifier: str,
    event_name: str,
    user_id: int,
    user_email: str,
    options: Options,
    archive_days: int,
    schedule: Format | None = None,
    table: TableFile | None = None,
) -> Job:
    """Return a job that begins to wait now."""
    return Job(
        id=task_id,
        event_id=event_id,
        event_identifier=event_identifier,
        event_name=event_name,
        user_id=user_id,
        user_email=user_email,
        options=options,
        schedule=schedule,
        table=table,
        created_at=timestamp(),
        queued_at=epoch(),
        pending=Job.PENDING,
        expires_at=epoch() + (archive_days + RECORD_DAYS) * DAY,
    )
