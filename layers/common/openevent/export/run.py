"""Run a job: build its archive, put it into S3, record how it ended, and say so by mail.

once a message: claim ─▶ read ─▶ fetch, upload ─▶ SUCCESS ─▶ mail
                  │        │      too large for that ─▶ assemble ─▶ SUCCESS ─▶ mail
                  │        │                               └ time is up ─▶ a new message
                  │        │ no such event, or no reader would take it ─▶ FAILED ─▶ mail
                  │        └ something is away ─▶ release, and raise: the queue tries again
                  ├ its assembly has begun ─▶ assemble
                  └ it has ended already ─▶ the mail, where that is still to be sent
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from boto3.s3.transfer import TransferConfig
from botocore.exceptions import BotoCoreError, ClientError

from openevent.adapters.database import Database
from openevent.adapters.storage import UploadGone
from openevent.archive.multipart.assembler import Assembler
from openevent.archive.multipart.workspace import abandon
from openevent.archive.progress import Progress, Report
from openevent.archive.writer import Archive
from openevent.errors import NotFound, Unavailable
from openevent.export.addresses import Addresses
from openevent.export.build import Build, Result
from openevent.export.clock import DAY
from openevent.export.job import ArchiveRecord, Job, State
from openevent.export.job_store import Jobs, LeaseLost
from openevent.export.keys import archive_key
from openevent.export.mails import Notifier
from openevent.export.repairs import Unfit
from openevent.media.deadline import Deadline
from openevent.media.fetch import Fetcher
from openevent.media.requested import RequestedMedia
from openevent.media.survey import Found, Stored, survey
from openevent.rights.events import Event

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

logger = Logger(child=True)
metrics = Metrics()

# Seconds between two records of a job's progress, at least.
PROGRESS_INTERVAL = 1.5

EVENT_GONE = "The event was deleted before its export could be made."

# Seconds of an invocation, at most, in which no new part is begun, so that those under way end;
# and the share of it, where it is short.
MARGIN = 60.0
MARGIN_SHARE = 0.25

# The share of the time left in which media may come, before what has not come is skipped. The rest
# is for the archive's end and for its upload, which is as many bytes and mostly faster.
MEDIA_SHARE = 2 / 3

# 16 MiB a part: an archive of 10 GiB, the most that fits on the disk, has 640 of the 10,000
# allowed.
_TRANSFER = TransferConfig(
    multipart_threshold=16 << 20, multipart_chunksize=16 << 20, max_concurrency=4
)


@dataclass(frozen=True, slots=True)
class ExportRun:
    """Runs jobs.

    Archives with more than `assemble_above` bytes of media in our bucket are put together by S3;
    those that are not ready when time is up go on with the message that `enqueue` sends.
    """

    database: Database
    jobs: Jobs
    s3: "S3Client"
    bucket: str
    archive_days: int
    addresses: Addresses
    fetcher: Callable[[Event, Archive, Deadline], Fetcher]
    concurrency: int
    assembler: Assembler
    assemble_above: int
    enqueue: Callable[[str], None]
    notifier: Notifier

    def run(self, task_id: str, owner: str, seconds: int) -> None:
        """Do what is still to be done for the job, as `owner`, within so many seconds.

        A job that is not there, was removed or has ended with its mail sent asks for nothing.
        Raises `Busy` while another worker has it, `Unavailable` (or whatever went wrong) when
        another try can succeed; the job is given back for it.
        """
        job = self.jobs.claim(task_id, owner, seconds=seconds)
        if job is None:
            logger.info("There is no such job any more")
            return
        if job.state is State.WAITING:
            margin = min(MARGIN, seconds * MARGIN_SHARE)
            try:
                finished = self._finish(job, owner, Deadline(time.monotonic() + seconds - margin))
            except LeaseLost:
                logger.info("The job was removed, or taken over, while it ran")
                self._abandon_if_removed(job)
                return
            except BaseException:
                self._release(job, owner)
                raise
            if finished is None:
                self._hand_on(job, owner)
                return
            job = finished
        self.notifier.notify(job)

    def _finish(self, job: Job, owner: str, deadline: Deadline) -> Job | None:
        """The job when it has ended, None when time was up before that."""
        started = time.monotonic()
        try:
            made = self._make(job, owner, deadline)
        except NotFound:
            return self._fail(job, owner, EVENT_GONE)
        except Unfit as unfit:
            return self._fail(job, owner, unfit.text)
        if made is None:
            return None
        record, result = made
        try:
            finished = self.jobs.succeed(job, owner, record)
        except BaseException:
            self._discard(record.key)
            raise
        seconds = time.monotonic() - started
        metrics.add_metric("ExportsSucceeded", MetricUnit.Count, 1)
        metrics.add_metric("ExportSeconds", MetricUnit.Seconds, seconds)
        metrics.add_metric("ExportBytes", MetricUnit.Bytes, record.size)
        metrics.add_metric("MediaSkipped", MetricUnit.Count, result.skipped_count)
        logger.info("Exported", extra={"seconds": round(seconds, 2), "bytes": record.size})
        return finished

    def _fail(self, job: Job, owner: str, failure: str) -> Job:
        metrics.add_metric("ExportsFailed", MetricUnit.Count, 1)
        logger.info("No other try would help", extra={"failure": failure})
        failed = self.jobs.fail(job, owner, failure)
        self._abandon(failed)
        return failed

    def _make(
        self, job: Job, owner: str, deadline: Deadline
    ) -> tuple[ArchiveRecord, Result] | None:
        """The archive, uploaded; None when time was up before that."""
        report = Reporter(self.jobs, job, owner)
        if job.upload is not None:
            return self._assemble(job, owner, deadline, report)
        with Archive(modified=datetime.fromisoformat(job.created_at)) as archive:
            build = Build(archive, job, addresses=self.addresses, report=report)
            event = build.read(self.database)
            media_deadline = Deadline.after(MEDIA_SHARE * deadline.left)
            fetcher = self.fetcher(event, archive, media_deadline)
            media = self._survey(build, event, media_deadline)
            size = sum(found.object.size for _, found in media if isinstance(found, Stored))
            if size <= self.assemble_above:
                build.fetch(fetcher, concurrency=self.concurrency)
                result = build.finish(event)
                key = archive_key(job)
                self._upload(archive, key, result.summary.size, report)
                return self._record(key, result), result
            job = self._begin_assembly(job, owner, event, archive, build, media)
        return self._assemble(job, owner, deadline, report)

    def _survey(
        self, build: Build, event: Event, deadline: Deadline
    ) -> list[tuple[RequestedMedia, Found]]:
        requested = list(build.requested())
        found = survey(
            self.s3,
            self.assembler.places(event),
            [media.address for media in requested],
            concurrency=self.concurrency,
            deadline=deadline,
        )
        return list(zip(requested, found, strict=True))

    def _begin_assembly(  # noqa: PLR0913, PLR0917 - all that there is by then
        self,
        job: Job,
        owner: str,
        event: Event,
        archive: Archive,
        build: Build,
        media: list[tuple[RequestedMedia, Found]],
    ) -> Job:
        upload = self.assembler.begin(job, event, archive, build, media)
        try:
            return self.jobs.begin_upload(job, owner, upload)
        except BaseException:
            self._abandon(job.model_copy(update={"upload": upload}))
            raise

    def _assemble(
        self, job: Job, owner: str, deadline: Deadline, report: Report
    ) -> tuple[ArchiveRecord, Result] | None:
        try:
            result = self.assembler.run(job, deadline, report)
        except UploadGone as error:
            # Removed while it ran, which raises here, or aborted by S3 as it took days.
            self._abandon(job)
            self.jobs.forget_upload(job, owner)
            raise Unavailable("upload-gone", "The archive has to be begun anew.") from error
        if result is None or job.upload is None:
            return None
        return self._record(job.upload.key, result), result

    def _record(self, key: str, result: Result) -> ArchiveRecord:
        return ArchiveRecord(
            key=key,
            size=result.summary.size,
            sha256=result.summary.sha256,
            files=result.summary.files,
            skipped_count=result.skipped_count,
            skipped=result.skipped,
            repaired=result.repaired,
            expires_at=int(time.time()) + self.archive_days * DAY,
        )

    def _upload(self, archive: Archive, key: str, size: int, report: Report) -> None:
        report(Progress("upload", 0, 1, size))
        try:
            self.s3.upload_file(
                str(archive.path),
                self.bucket,
                key,
                ExtraArgs={"ChecksumAlgorithm": "CRC32", "ContentType": "application/zip"},
                Config=_TRANSFER,
            )
        except (BotoCoreError, ClientError) as error:
            raise Unavailable("storage-unavailable", "The archive could not be stored.") from error

    def _hand_on(self, job: Job, owner: str) -> None:
        """Let another invocation go on, with three tries of its own."""
        self._release(job, owner)
        self.enqueue(job.id)
        logger.info("Goes on in the next invocation")

    def _abandon_if_removed(self, job: Job) -> None:
        now = self.jobs.find(job.id)
        if now is not None and now.removed_at is not None:
            self._abandon(now)

    def _abandon(self, job: Job) -> None:
        try:
            abandon(self.s3, self.bucket, job)
        except Unavailable:
            logger.warning("An unfinished upload stays until S3 aborts it", exc_info=True)

    def _release(self, job: Job, owner: str) -> None:
        try:
            self.jobs.release(job, owner)
        except (LeaseLost, Unavailable):
            logger.warning("The job could not be given back; its lease has to run out")

    def _discard(self, key: str) -> None:
        try:
            self.s3.delete_object(Bucket=self.bucket, Key=key)
        except (BotoCoreError, ClientError):
            logger.warning("An archive that nobody has stays until it expires", extra={"key": key})


class Reporter:
    """Records a job's progress: not too often, and never backwards, not even on another try."""

    def __init__(self, jobs: Jobs, job: Job, owner: str) -> None:
        """What was recorded by an earlier try is in `job`."""
        self._jobs = jobs
        self._job = job
        self._owner = owner
        self._reached = job.progress.position if job.progress else (-1, 0.0)
        self._next = 0.0

    def __call__(self, progress: Progress) -> None:
        """Record `progress` if it is time.

        Raises `LeaseLost` when the job is no longer the owner's.
        """
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + PROGRESS_INTERVAL
        if progress.position > self._reached:
            self._reached = progress.position
            self._jobs.advance(self._job, self._owner, progress)
