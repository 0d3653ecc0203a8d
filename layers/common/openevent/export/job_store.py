"""The job of an export, as DynamoDB keeps it: one record for each job, and who may change it when.

    WAITING ──claim──▶ WAITING, leased ──succeed──▶ SUCCESS ─┐
       ▲                 │   │                               ├─claim_mail──▶ mailed, or refused
       └────release──────┘   └──fail──▶ FAILED ──────────────┘
                                              remove: from any of them, for good

A claim holds until its lease ends; while it holds, no other worker changes the job. SUCCESS and
FAILED are final. Every write is conditional on the state that it was decided on.

A failed condition is followed by a read: see `job_table`.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict
from typing import TYPE_CHECKING

from openevent.adapters.queue import RetryAfter
from openevent.archive.progress import Progress
from openevent.export.clock import DAY, epoch, timestamp
from openevent.export.job import (
    PENDING,
    RECORD_DAYS,
    ArchiveRecord,
    Job,
    State,
    UploadRecord,
)
from openevent.export.job_table import Change, JobTable, Refused

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

BY_EVENT = "by-event"
BY_PENDING = "by-pending"

# A job, not another record; DynamoDB refuses expressions that leave a name unused.
_IS_JOB = "attribute_exists(#state)"
_IS_WAITING = "#state = :waiting AND attribute_not_exists(removed_at)"


class LeaseLost(Exception):
    """The job is no longer this worker's: it was removed, it ended, or another took it over."""


class Busy(RetryAfter):
    """Another worker holds the job or its mail, for `seconds` more at most."""


class Jobs:
    """The records of all jobs. Methods raise `Unavailable` if DynamoDB does not answer."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        """`table`: its name."""
        self._table = JobTable(client, table)

    def find(self, task_id: str) -> Job | None:
        """Return the job `task_id`; None if there is none."""
        return self._table.find(task_id)

    def find_all(self, task_ids: Iterable[str]) -> dict[str, Job]:
        """Return those of the jobs that exist, by their ids."""
        return self._table.find_all(task_ids)

    def of_event(self, event_id: int) -> Iterator[Job]:
        """Yield the event's jobs that were not removed, newest first."""
        pages = self._table.query(
            BY_EVENT,
            "event_id = :event",
            {":event": event_id},
            FilterExpression="attribute_not_exists(removed_at)",
            ScanIndexForward=False,
        )
        for items in pages:
            yield from map(Job.from_item, items)

    def pending(self) -> Iterator[Job]:
        """Yield the jobs for which something is still to be done, oldest first."""
        for items in self._table.query(BY_PENDING, "pending = :pending", {":pending": PENDING}):
            ids = [str(item["id"]["S"]) for item in items]
            found = self.find_all(ids)
            yield from (found[task_id] for task_id in ids if task_id in found)

    def join(self, job: Job, user_id: int) -> Job | None:
        """Record that `user_id` asked for the same export; None if the job waits no longer."""
        try:
            return self._table.update(
                job.id, Change({}, joins=user_id), _IS_WAITING, {":waiting": State.WAITING}
            )
        except Refused:
            return None

    def requeue(self, job: Job) -> bool:
        """Record that a message replaces one that may be lost; False if that is not needed now.

        To be followed by the message. Of several at once, one is to send it.
        """
        try:
            self._table.update(
                job.id,
                Change({"queued_at": epoch(), "pending": PENDING}, counts="requeued"),
                # Records of release 1.0 have neither of the two.
                f"{_IS_WAITING} AND lease_until = :lease "
                "AND (attribute_not_exists(queued_at) OR queued_at = :queued)",
                {":waiting": State.WAITING, ":lease": job.lease_until, ":queued": job.queued_at},
            )
        except Refused:
            return False
        return True

    def claim(self, task_id: str, owner: str, *, seconds: int) -> Job | None:
        """Claim a waiting job for `seconds`; return a finished one unchanged.

        None if there is no such job, or it was removed. Raises `Busy` while another worker holds
        it.
        """
        now = epoch()
        try:
            return self._table.update(
                task_id,
                Change({"lease_owner": owner, "lease_until": now + seconds}, counts="attempts"),
                f"{_IS_WAITING} AND lease_until <= :now",
                {":waiting": State.WAITING, ":now": now},
            )
        except Refused as refused:
            job = refused.now
            if job is None or job.removed_at is not None:
                return None
            if job.state is State.WAITING:
                raise Busy(max(1, job.lease_until - now)) from None
            return job

    def release(self, task_id: str, owner: str) -> None:
        """Give the job back for another try, by the message that it has. Raises `LeaseLost`."""
        self._while_held(task_id, owner, Change({"lease_until": 0, "queued_at": epoch()}))

    def hand_on(self, job: Job, owner: str) -> None:
        """Give the job back for another round, by a new message. Raises `LeaseLost`."""
        freed = {"lease_until": 0, "queued_at": epoch(), "handed_on": job.attempts}
        self._while_held(job.id, owner, Change(freed, counts="rounds"))

    def advance(self, job: Job, owner: str, progress: Progress) -> None:
        """Record the job's progress. Raises `LeaseLost` if it is no longer the owner's."""
        self._while_held(job.id, owner, Change({"progress": asdict(progress)}))

    def begin_upload(self, job: Job, owner: str, upload: UploadRecord) -> Job:
        """Record the upload with which the job is resumed. Raises `LeaseLost`."""
        return self._while_held(job.id, owner, Change({"upload": upload.model_dump()}))

    def forget_upload(self, job: Job, owner: str) -> Job:
        """Record that the upload is gone, and the job starts again. Raises `LeaseLost`."""
        # A job of release 1.0 has its number from its upload (`old_jobs`).
        kept = {"upload": None, "handed_on": job.handed_on}
        return self._while_held(job.id, owner, Change(kept))

    def succeed(self, job: Job, owner: str, archive: ArchiveRecord) -> Job:
        """End the job with its archive. Raises `LeaseLost` if it is no longer the owner's."""
        return self._while_held(
            job.id,
            owner,
            Change(
                {
                    "state": State.SUCCESS,
                    "finished_at": timestamp(),
                    "archive": archive.model_dump(mode="json"),
                    "expires_at": archive.expires_at + RECORD_DAYS * DAY,
                }
            ),
        )

    def fail(self, job: Job, owner: str, failure: str) -> Job:
        """End the job; `failure` is the reason, for a person.

        Raises `LeaseLost` if it is no longer the owner's.
        """
        ended = {"state": State.FAILED, "finished_at": timestamp(), "failure": failure}
        return self._while_held(job.id, owner, Change(ended))

    def claim_mail(self, job: Job, owner: str, *, seconds: int) -> Job | None:
        """Claim the mail about the job's end for `seconds`; None if no mail is to be sent (again).

        Raises `Busy` while another worker sends it.
        """
        now = epoch()
        try:
            return self._table.update(
                job.id,
                Change({"mail_owner": owner, "mail_until": now + seconds}, counts="mail_attempts"),
                "#state <> :waiting AND attribute_not_exists(removed_at) "
                "AND attribute_not_exists(mailed_at) AND attribute_not_exists(mail_failure) "
                "AND (attribute_not_exists(mail_until) OR mail_until <= :now)",
                {":waiting": State.WAITING, ":now": now},
            )
        except Refused as refused:
            if refused.now is None or not refused.now.is_mail_due:
                return None
            raise Busy(max(1, refused.now.mail_until - now)) from None

    def release_mail(self, job: Job, owner: str, *, unconfirmed: bool = False) -> None:
        """Give the mail back for another try. `unconfirmed`: it may have been sent."""
        change = Change({"mail_until": 0}, counts="mail_unconfirmed" if unconfirmed else None)
        with suppress(Refused):
            self._table.update(
                job.id, change, f"{_IS_JOB} AND mail_owner = :owner", {":owner": owner}
            )

    def mark_mailed(self, job: Job) -> None:
        """Record that the mail about the job's end was sent."""
        self._end_mail(job, {"mailed_at": timestamp()})

    def give_up_mail(self, job: Job, code: str) -> None:
        """Record that the mail about the job's end cannot be sent, and why."""
        self._end_mail(job, {"mail_failure": code})

    def remove(self, job: Job) -> Job:
        """Mark the job as removed, whatever its state; a worker that holds it loses it.

        Returns the job as it is now: it may have ended since it was read.
        """
        try:
            return self._table.update(
                job.id, Change({"removed_at": timestamp()}, removes="pending"), _IS_JOB
            )
        except Refused:
            return job.model_copy(update={"removed_at": timestamp()})

    def _end_mail(self, job: Job, outcome: Mapping[str, object]) -> None:
        with suppress(Refused):
            self._table.update(job.id, Change(outcome, removes="pending"), _IS_JOB)

    def _while_held(self, task_id: str, owner: str, change: Change) -> Job:
        try:
            return self._table.update(
                task_id,
                change,
                f"{_IS_WAITING} AND lease_owner = :owner",
                {":waiting": State.WAITING, ":owner": owner},
                owner=owner,
            )
        except Refused as refused:
            raise LeaseLost from refused
