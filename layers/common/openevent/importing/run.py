"""Run of an import: read the archive, write the event, store the report, inform the person.

claimed (`jobs.work`) ─▶ download ─▶ read, write ─▶ SUCCESS ─▶ row, mail
              │             │            │ the archive, or its rows, cannot be imported ─▶ FAILED
              │             │            └ transient fault ─▶ release, and raise: another try
              │             └ not there, or not the announced one ─▶ FAILED ─▶ row, mail
              ├ tried three times ─▶ FAILED ─▶ row, mail
              └ an earlier try has made the event ─▶ SUCCESS ─▶ row, mail
"""

import time
from dataclasses import dataclass
from pathlib import Path

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from openevent.adapters.database import Database
from openevent.adapters.queue import TaskQueue
from openevent.adapters.shape import shape_of
from openevent.archive.work_directory import WorkDirectory, remove_abandoned
from openevent.errors import Conflict, Unavailable
from openevent.importing.before import ImportedBefore
from openevent.importing.download import ArchiveDownloads
from openevent.importing.give_up import FAILURE, NO_USER
from openevent.importing.job import ImportedRecord, ImportJob, ReportRecord
from openevent.importing.job_store import ImportJobs
from openevent.importing.leftovers import ImportLeftovers
from openevent.importing.reading.archive import Archive
from openevent.importing.remarks import Remarks
from openevent.importing.report import Outcome, Reports, event_record, record_of, write_report
from openevent.importing.reporter import ImportReporter
from openevent.importing.source import ArchiveRefused
from openevent.importing.writing.call import ImportCall
from openevent.importing.writing.write import EventImport, Order
from openevent.importing.writing.written import Written
from openevent.jobs.give_up import GiveUp
from openevent.jobs.record import MAX_TRIES
from openevent.jobs.work import Work
from openevent.media.deadline import Deadline
from openevent.rights.identity import User, find_user

logger = Logger(child=True)
metrics = Metrics()

# Seconds of an invocation that the margin of `Work` leaves for its end.
ENDS_AFTER = 60.0


@dataclass(frozen=True, slots=True)
class ImportRun:
    """Runs jobs."""

    database: Database
    jobs: ImportJobs
    queue: TaskQueue
    give_up: GiveUp[ImportJob]
    leftovers: ImportLeftovers
    downloads: ArchiveDownloads
    reports: Reports
    before: ImportedBefore
    events: EventImport
    archive_days: int

    def run(self, task_id: str, owner: str, seconds: int) -> None:
        """Do what is still to be done for the job, as `owner`, within `seconds`.

        Raises what `Work.do` raises.
        """
        remove_abandoned()
        work = Work(self.jobs, self.queue, self.give_up.notifier, self._finish, self._lost)
        work.do(task_id, owner, seconds)

    def _finish(self, job: ImportJob, owner: str, deadline: Deadline) -> ImportJob:
        if job.tries > MAX_TRIES:
            return self.give_up.end(job, owner, FAILURE)
        started = time.monotonic()
        try:
            event, report = self._import(job, owner, deadline)
        except ArchiveRefused as refused:
            return self.give_up.refuse(job, owner, refused.detail)
        except Conflict as refused:
            return self.give_up.end(job, owner, str(refused))
        finished = self.jobs.succeed(job, owner, event, report, days=self.archive_days)
        metrics.add_metric("ImportsSucceeded", MetricUnit.Count, 1)
        metrics.add_metric("ImportSeconds", MetricUnit.Seconds, time.monotonic() - started)
        logger.info("Imported", extra={"event_id": event.id, "dialect": report.dialect})
        self._clean_up(finished, event)
        return finished

    def _import(
        self, job: ImportJob, owner: str, deadline: Deadline
    ) -> tuple[ImportedRecord, ReportRecord]:
        """Return the new event and the report, which is stored. Raises `ArchiveRefused`."""
        call = ImportCall(
            user=self._user(job),
            task_id=job.id,
            ends_at=time.time() + deadline.left + ENDS_AFTER,
            dry_run=job.options.dry_run,
            fetch=job.options.fetch,
        )
        made = self.events.find(call)
        if made is not None and job.report is not None:
            logger.info("An earlier try has made the event")
            return event_record(made), job.report
        directory = WorkDirectory()
        try:
            return _Import(self, job, owner, call, directory.path).run(deadline)
        finally:
            directory.remove()

    def _user(self, job: ImportJob) -> User:
        with self.database.snapshot() as session:
            user = find_user(session, job.user_id)
        if user is None:
            raise ArchiveRefused("user-unknown", NO_USER)
        return user

    def _clean_up(self, job: ImportJob, event: ImportedRecord) -> None:
        """Remove the archive, and remember it; the sweeper and later imports can do without."""
        try:
            self.leftovers.remove_archive(job)
            if event.id is not None:
                self.before.note(job, event.id)
        except Unavailable:
            logger.warning("The sweeper has to remove the archive", exc_info=True)

    def _lost(self, job: ImportJob) -> None:
        """Leave everything to the worker that has the job, or to the sweeper."""


class _Import:
    """One try of one job, in the directory `work`."""

    def __init__(
        self, services: ImportRun, job: ImportJob, owner: str, call: ImportCall, work: Path
    ) -> None:
        self._services = services
        self._job = job
        self._owner = owner
        self._call = call
        self._work = work
        self._warnings = services.before.warnings(job)
        self._progress = ImportReporter(services.jobs, job, owner)
        self._report: ReportRecord | None = None

    def run(self, deadline: Deadline) -> tuple[ImportedRecord, ReportRecord]:
        """Return the new event, and the report, which is stored before the event is there."""
        path, size = self._work / "archive.zip", self._job.archive.size
        self._progress("archive", 0, size)
        self._services.downloads.fetch(self._job, path)
        self._progress("event", 0, 1)
        with path.open("rb") as file, (self._work / "remarks").open("w+b") as spool:
            remarks = Remarks(spool)
            with self._services.database.snapshot() as session:
                shape = shape_of(session.schema)
            source = Archive(file, shape, remarks)

            def keep(written: Written) -> None:
                self._store_report(source, written, remarks)

            order = Order(source, shape, remarks, self._work, deadline, keep)
            event = event_record(self._services.events.write(self._call, order))
        if self._report is None:
            raise Unavailable("import-in-progress", "An earlier try has made the event meanwhile.")
        return event, self._report

    def _store_report(self, source: Archive, written: Written, remarks: Remarks) -> None:
        """Store the report. Raises `LeaseLost` if another worker has the job now."""
        outcome = Outcome(self._job, source, written, remarks, self._warnings)
        path = self._work / "report.json"
        with path.open("wb") as file:
            write_report(file, outcome)
        self._services.reports.store(self._job, path)
        size = path.stat().st_size
        self._report = record_of(outcome, size=size)
        self._services.jobs.note_report(self._job, self._owner, self._report)
