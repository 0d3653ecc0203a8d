"""Run of a job: make its archive, store it in S3, record the end, and send the mail.

claimed (`jobs.work`) ─▶ read ─▶ fetch, upload ─▶ SUCCESS ─▶ mail
              │           │      too large for that ─▶ assemble ─▶ SUCCESS ─▶ mail
              │           │                               └ time is up ─▶ a new message
              │           │ event deleted, or unfit for its dialect ─▶ FAILED ─▶ mail
              │           └ transient fault ─▶ release, and raise: the queue delivers again
              ├ tried three times, or for a day ─▶ FAILED ─▶ mail
              └ its assembly has begun ─▶ assemble
"""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from openevent.adapters.counters import Counters
from openevent.adapters.database import Database
from openevent.adapters.queue import TaskQueue
from openevent.adapters.storage import UploadGone
from openevent.archive.contents import ArchiveOrder
from openevent.archive.maker import ArchiveMaker
from openevent.archive.progress import Report
from openevent.archive.work_directory import remove_abandoned
from openevent.archive.writer import Summary
from openevent.errors import NotFound, Unavailable
from openevent.export.addresses import Addresses
from openevent.export.build import Result
from openevent.export.contents import ExportContents
from openevent.export.give_up import EVENT_GONE, FAILURE, TOO_LONG
from openevent.export.job import ArchiveRecord, Job, UploadRecord
from openevent.export.job_store import Jobs
from openevent.export.keys import archive_key, workspace_prefix
from openevent.export.leftovers import Leftovers
from openevent.export.quotas import EXPORTED_BYTES
from openevent.export.repairs import Unfit
from openevent.export.reporter import Reporter
from openevent.export.schedule_files import ScheduleFiles
from openevent.export.server_list import restore_row
from openevent.export.table_files import TableFiles
from openevent.jobs.clock import DAY, epoch
from openevent.jobs.give_up import GiveUp
from openevent.jobs.record import MAX_TRIES, State
from openevent.jobs.work import Work
from openevent.media.deadline import Deadline
from openevent.media.places import Places
from openevent.rights.events import Event

logger = Logger(child=True)
metrics = Metrics()

# Seconds after its start from which an assembly is not resumed any more: S3 aborts uploads that are
# older than a day (template.yaml).
MAX_SECONDS = DAY


@dataclass(frozen=True, slots=True)
class ExportRun:
    """Runs jobs.

    `places` returns where the media of an event can be. A job whose archive is not ready when time
    is up is resumed with the message that it sends to `queue`.
    """

    database: Database
    jobs: Jobs
    archive_days: int
    addresses: Addresses
    places: Callable[[Event], Places]
    maker: ArchiveMaker
    queue: TaskQueue
    give_up: GiveUp[Job]
    leftovers: Leftovers
    counters: Counters
    schedules: ScheduleFiles
    tables: TableFiles

    def run(self, task_id: str, owner: str, seconds: int) -> None:
        """Do what is still to be done for the job, as `owner`, within `seconds`.

        Nothing is to be done for a job that does not exist, was removed, or has ended with its mail
        sent. Raises `Busy` while another worker has it, and `Unavailable` or another error if a
        retry can succeed; the job is given back for it.
        """
        remove_abandoned()
        work = Work(
            self.jobs, self.queue, self.give_up.notifier, self._finish, self._remove_if_ended
        )
        work.do(task_id, owner, seconds)

    def _finish(self, job: Job, owner: str, deadline: Deadline) -> Job | None:
        """Return the job when it has ended, None if time was up before that."""
        if job.tries > MAX_TRIES:
            return self.give_up.end(job, owner, FAILURE)
        if job.rounds and _age(job) >= MAX_SECONDS:
            return self.give_up.end(job, owner, TOO_LONG)
        started = time.monotonic()
        try:
            made = self._make(job, owner, deadline)
        except NotFound:
            return self.give_up.refuse(job, owner, EVENT_GONE)
        except Unfit as unfit:
            return self.give_up.refuse(job, owner, unfit.text)
        if made is None:
            return None
        record, result = made
        # If this fails, the archive stays where it is: the record may hold it all the same, and the
        # next try replaces it.
        finished = self.jobs.succeed(job, owner, record)
        seconds = time.monotonic() - started
        metrics.add_metric("ExportsSucceeded", MetricUnit.Count, 1)
        metrics.add_metric("ExportSeconds", MetricUnit.Seconds, seconds)
        metrics.add_metric("ExportBytes", MetricUnit.Bytes, record.size)
        metrics.add_metric("MediaSkipped", MetricUnit.Count, result.skipped_count)
        logger.info("Exported", extra={"seconds": round(seconds, 2), "bytes": record.size})
        self._count_bytes(job, record.size)
        return finished

    def _count_bytes(self, job: Job, size: int) -> None:
        try:
            self.counters.add(EXPORTED_BYTES, job.event_id, size)
        except Unavailable:
            logger.warning("The archive's bytes are not counted", exc_info=True)

    def _make(
        self, job: Job, owner: str, deadline: Deadline
    ) -> tuple[ArchiveRecord, Result] | None:
        """Return the archive, uploaded; None if time was up before that."""
        if job.schedule is not None:
            restore_row(self.database, job)
            result = self.schedules.make(job, job.schedule)
            return self._record(archive_key(job), result), result
        if job.table is not None:
            restore_row(self.database, job)
            result = self.tables.make(job, job.table)
            return self._record(archive_key(job), result), result
        report = Reporter(self.jobs, job, owner)
        if job.attempts > 1:
            # Uploads of workers that were killed before they could record or complete them.
            self.leftovers.abort_uploads(archive_key(job), keep=job.upload)
        if job.upload is None:
            restore_row(self.database, job)
            order, contents = self._ordered(job, report)
            made = self.maker.begin(order, contents, deadline, report)
            if isinstance(made, Summary):
                return self._record(order.key, contents.result), contents.result
            upload = UploadRecord(key=order.key, id=made.upload_id)
            job = self.jobs.begin_upload(job, owner, upload)
        return self._resume(job, owner, deadline, report)

    def _resume(
        self, job: Job, owner: str, deadline: Deadline, report: Report
    ) -> tuple[ArchiveRecord, Result] | None:
        order, contents = self._ordered(job, report)
        try:
            made = self.maker.resume(order, contents, deadline, report)
        except UploadGone as error:
            # The job was removed while it ran, which raises here, or S3 has aborted the upload.
            self.jobs.forget_upload(job, owner)
            self.leftovers.remove(job)
            raise Unavailable(
                "upload-gone", "The upload is gone; the archive is made again."
            ) from error
        return None if made is None else (self._record(order.key, contents.result), contents.result)

    def _ordered(self, job: Job, report: Report) -> tuple[ArchiveOrder, ExportContents]:
        """Return the archive that the job asks for, and its contents."""
        order = ArchiveOrder(
            key=archive_key(job) if job.upload is None else job.upload.key,
            workspace=workspace_prefix(job),
            modified=datetime.fromisoformat(job.created_at),
        )
        contents = ExportContents(
            job,
            database=self.database,
            addresses=self.addresses,
            places=self.places,
            report=report,
        )
        return order, contents

    def _record(self, key: str, result: Result) -> ArchiveRecord:
        return ArchiveRecord(
            key=key,
            size=result.summary.size,
            sha256=result.summary.sha256,
            files=result.summary.files,
            skipped_count=result.skipped_count,
            skipped=result.skipped,
            repaired=result.repaired,
            warnings=tuple(result.warnings),
            contents=result.contents,
            expires_at=int(time.time()) + self.archive_days * DAY,
        )

    def _remove_if_ended(self, job: Job) -> None:
        """Remove what this worker made, if no other worker needs it."""
        with suppress(Unavailable):
            now = self.jobs.find(job.id)
            if now is None or now.removed_at is not None or now.state is State.FAILED:
                self.leftovers.remove(job if now is None else now)


def _age(job: Job) -> float:
    """Return the seconds since the job was started."""
    return epoch() - datetime.fromisoformat(job.created_at).timestamp()
