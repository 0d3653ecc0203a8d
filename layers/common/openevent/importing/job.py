"""The record of an import: one job, its archive, and what became of it."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from pydantic import Field

from openevent.importing.keys import archive_key, report_key
from openevent.importing.options import ImportOptions
from openevent.jobs.clock import DAY, epoch, timestamp
from openevent.jobs.record import RECORD_DAYS, JobRecord, Record

# Seconds for which an archive can be uploaded. The address ends with the credentials that signed it
# (see DownloadUrlSeconds in template.yaml).
UPLOAD_SECONDS = 3600


class SentArchive(Record):
    """The archive that was sent or announced: `size` in bytes, `sha256` in hexadecimal digits."""

    name: str
    size: int
    sha256: str


class ImportProgress(Record):
    """Progress of one stage: `done` of `total` items."""

    stage: str
    done: int
    total: int


class RemarkRecord(Record):
    """One of the first remarks of the report."""

    kind: str
    code: str
    file: str
    id: int | str | None = None
    field: str | None = None
    detail: str
    count: int = 1


class InviteRecord(Record):
    """A person of the archive's team, to whom an invite can be sent."""

    email: str
    role: str


class ReportRecord(Record):
    """The report in short; the whole is an object with the key of the job's report.

    `files`: for each file the numbers of rows that were read, written, repaired and skipped.
    `media`: numbers of media files by what became of them. `remarks`: their numbers by kind.
    """

    dialect: str
    files: Mapping[str, Mapping[str, int]] = Field(default_factory=dict)
    media: Mapping[str, int] = Field(default_factory=dict)
    remarks: Mapping[str, int] = Field(default_factory=dict)
    first: Sequence[RemarkRecord] = ()
    invites: Sequence[InviteRecord] = ()
    invites_count: int = 0
    withheld: Sequence[str] = ()
    warnings: Sequence[Mapping[str, Any]] = ()
    size: int = 0


class ImportedRecord(Record):
    """The new event. `id` and `identifier` are None after a dry run."""

    id: int | None = None
    identifier: str | None = None
    name: str


class ImportJob(JobRecord):
    """An import.

    `upload_until`: epoch seconds until which its archive can be uploaded; 0 if it came with the
    call. `event` is there when the job has succeeded, `report` shortly before.
    """

    KIND: ClassVar[str] = "import"
    PENDING: ClassVar[str] = "import"

    kind: str = "import"
    archive: SentArchive
    options: ImportOptions
    upload_until: int = 0
    progress: ImportProgress | None = None
    event: ImportedRecord | None = None
    report: ReportRecord | None = None
    report_until: int = 0

    @property
    def is_announced(self) -> bool:
        """Whether its archive is uploaded by its caller, and no worker has had it yet."""
        return self.is_waiting and self.upload_until > 0 and self.lease_owner is None

    @property
    def archive_key(self) -> str:
        """Key of the archive that was uploaded."""
        return archive_key(self.user_id, self.id)

    @property
    def report_key(self) -> str:
        """Key of the report."""
        return report_key(self.user_id, self.id)


def new_import(  # noqa: PLR0913 - the facts of a job
    *,
    task_id: str,
    user_id: int,
    user_email: str,
    archive: SentArchive,
    options: ImportOptions,
    archive_days: int,
    is_uploaded_later: bool,
) -> ImportJob:
    """Return a job that begins to wait now.

    A job whose archive is uploaded later has no message until then: S3 sends it. It is idle only
    when that can no longer happen.
    """
    until = epoch() + UPLOAD_SECONDS if is_uploaded_later else 0
    return ImportJob(
        id=task_id,
        user_id=user_id,
        user_email=user_email,
        archive=archive,
        options=options,
        upload_until=until,
        created_at=timestamp(),
        queued_at=until or epoch(),
        pending=ImportJob.PENDING,
        expires_at=epoch() + (archive_days + RECORD_DAYS) * DAY,
    )


def task_url(job: ImportJob) -> str:
    """Return the address of the job's task; clients expect exactly `/v1/tasks/<id>`."""
    return f"/v1/tasks/{job.id}"
