"""Start of an import: a waiting job, its archive, a row for Open Event's server, and a message."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from uuid import uuid4

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from openevent.adapters.commit import OUTCOME_UNKNOWN, confirmed
from openevent.adapters.database import Rows, Transactions
from openevent.adapters.queue import TaskQueue
from openevent.edge.multipart import Part
from openevent.errors import NotFound, TooLarge, Unavailable
from openevent.importing.admission import Importers, admit_importer
from openevent.importing.job import ImportJob, SentArchive, new_import
from openevent.importing.limits import MAX_FORM
from openevent.importing.options import MAX_NAME, SUFFIX, ImportOptions, UploadRequest, options_of
from openevent.importing.rows import note_start
from openevent.importing.starts import ImportStarts
from openevent.importing.uploads import ArchiveUploads
from openevent.rights.identity import Claims, User

logger = Logger(child=True)
metrics = Metrics()

# Names of the form's fields. Open Event's client sends the first.
FILE, OPTIONS = "file", "options"


@dataclass(frozen=True, slots=True)
class SentFile:
    """An archive that came with the call."""

    name: str
    content: bytes
    options: ImportOptions


def file_of(parts: list[Part]) -> SentFile:
    """Return the archive of a form. Errors are those of Open Event's server.

    Raises `NotFound` if there is no file, or its name does not end in `.zip`; `Invalid`.
    """
    fields = {part.name: part for part in reversed(parts)}
    file = fields.get(FILE)
    if file is None or not file.filename:
        raise NotFound(
            "file-not-found", f"File not found. Send the archive in the field {FILE} of a form."
        )
    if not file.filename.endswith(SUFFIX):
        raise NotFound(
            "file-type-invalid", f"Invalid file type. The name must end in {SUFFIX}, in lower case."
        )
    options = fields.get(OPTIONS)
    chosen = options_of(None if options is None else options.content)
    return SentFile(file.filename[-MAX_NAME:], file.content, chosen)


def require_form_size(size: int) -> None:
    """Raise `TooLarge` for a form of `size` bytes that a call cannot have."""
    if size > MAX_FORM:
        raise TooLarge(
            "too-large",
            f"The archive is too large for this call, which takes {MAX_FORM // 100_000 / 10} MB. "
            "Ask for an upload with POST /v1/events/import.",
        )


@dataclass(frozen=True, slots=True)
class ImportStart:
    """Starts imports; `queue` leads to the worker."""

    database: Transactions[Rows]
    starts: ImportStarts
    uploads: ArchiveUploads
    queue: TaskQueue
    allowed: Importers
    archive_days: int

    def with_file(self, claims: Claims, file: SentFile, *, key: str | None) -> ImportJob:
        """Return the waiting job of an archive that came with the call.

        `key`: the `Idempotency-Key`, if there is one. A job whose message cannot be sent gets it
        from the sweeper. Raises `Unauthenticated`, `Forbidden`, `Invalid`, `TooLarge`,
        `TooManyRequests` or `Unavailable`.
        """
        digest = hashlib.sha256(file.content).hexdigest()
        archive = SentArchive(name=file.name, size=len(file.content), sha256=digest)
        job, is_new = self._open(
            claims, archive, file.options, key, lambda job: self.uploads.store(job, file.content)
        )
        if is_new:
            try:
                self.queue.send(job.id, group=job.group)
            except Unavailable:
                logger.warning("The sweeper sends the message", extra={"task_id": job.id})
        elif job.is_waiting:
            # The earlier call can have died before it stored the archive, which is this very one.
            self.uploads.store(job, file.content)
        return job

    def with_upload(self, claims: Claims, request: UploadRequest, *, key: str | None) -> ImportJob:
        """Return the job of an archive that its caller uploads; it starts after that.

        Raises what `with_file` raises.
        """
        archive = SentArchive(name=request.name, size=request.size, sha256=request.sha256)
        job, _ = self._open(claims, archive, request.options, key, None)
        return job

    def _open(
        self,
        claims: Claims,
        archive: SentArchive,
        options: ImportOptions,
        key: str | None,
        store: Callable[[ImportJob], None] | None,
    ) -> tuple[ImportJob, bool]:
        """Return the call's job, and whether it is new. Job, row and archive are there, or none."""
        opened: ImportJob | None = None
        try:
            with confirmed(self.database) as session:
                user = admit_importer(session, claims, self.allowed)
                self.starts.limits.require_size(archive.size)
                wanted = self._job(user, archive, options, is_uploaded_later=store is None)
                job = self.starts.open(wanted, key)
                if job.id == wanted.id:
                    opened = job
                    note_start(session, job)
                    if store is not None:
                        store(job)
        except BaseException as error:
            if opened is not None and not _may_be_done(error):
                self._withdraw(opened, key)
            raise
        if opened is not None:
            metrics.add_metric("ImportsStarted", MetricUnit.Count, 1)
        logger.info("Started" if opened else "Started before", extra={"task_id": job.id})
        return job, opened is not None

    def _job(
        self, user: User, archive: SentArchive, options: ImportOptions, *, is_uploaded_later: bool
    ) -> ImportJob:
        return new_import(
            task_id=str(uuid4()),
            user_id=user.id,
            user_email=user.email,
            archive=archive,
            options=options,
            archive_days=self.archive_days,
            is_uploaded_later=is_uploaded_later,
        )

    def _withdraw(self, job: ImportJob, key: str | None) -> None:
        """Undo what was recorded. An archive that was stored is removed by the sweeper."""
        try:
            self.starts.withdraw(job, key)
        except Unavailable:
            logger.exception(
                "A job that could not be started waits for the sweeper", extra={"task_id": job.id}
            )


def _may_be_done(error: BaseException) -> bool:
    """Return whether the commit failed with `error` although it may have taken effect."""
    return isinstance(error, Unavailable) and error.code == OUTCOME_UNKNOWN
