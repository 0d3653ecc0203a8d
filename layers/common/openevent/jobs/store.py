"""Jobs, as DynamoDB keeps them: one record for each job, and who may change it when.

    WAITING ──claim──▶ WAITING, leased ──succeed──▶ SUCCESS ─┐
       ▲                 │   │                               ├─claim_mail──▶ mailed, or refused
       └────release──────┘   └──fail──▶ FAILED ──────────────┘
                                              remove: from any of them, for good

A claim holds until its lease ends; while it holds, no other worker changes the job. SUCCESS and
FAILED are final. Every write is conditional on the state that it was decided on.

A failed condition is followed by a read: see `table`.
"""

import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Generic, TypeVar

from openevent.adapters.queue import RetryAfter
from openevent.jobs.clock import epoch, timestamp
from openevent.jobs.record import JobRecord, State
from openevent.jobs.table import Change, JobTable, Refused

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

J = TypeVar("J", bound=JobRecord)

BY_PENDING = "by-pending"

# A job, not another record; DynamoDB refuses expressions that leave a name unused.
_IS_JOB = "attribute_exists(#state)"
IS_WAITING = "#state = :waiting AND attribute_not_exists(removed_at)"


class LeaseLost(Exception):
    """The job is no longer this worker's: it was removed, it ended, or another took it over."""


class Busy(RetryAfter):
    """Another worker holds the job or its mail, for `seconds` more at most."""


class JobStore(Generic[J]):
    """The records of all jobs of one kind.

    Methods raise `Unavailable` if DynamoDB does not answer.
    """

    def __init__(self, client: "DynamoDBClient", table: str, record: type[J]) -> None:
        """`table`: its name. `record`: the class of the records."""
        self._table = JobTable(client, table, record)
        self._record = record

    def find(self, task_id: str) -> J | None:
        """Return the job `task_id`; None if there is none of this kind."""
        return self._table.find(task_id)

    def find_all(self, task_ids: Iterable[str]) -> dict[str, J]:
        """Return those of the jobs that exist, by their ids."""
        return self._table.find_all(task_ids)

    def pending(self) -> Iterator[J]:
        """Yield the jobs for which something is still to be done, oldest first."""
        values = {":pending": self._record.PENDING}
        for items in self._table.query(BY_PENDING, "pending = :pending", values):
            ids = [str(item["id"]["S"]) for item in items]
            found = self.find_all(ids)
            yield from (found[task_id] for task_id in ids if task_id in found)

    def requeue(self, job: J) -> bool:
        """Record that a message replaces one that may be lost; False if that is not needed now.

        To be followed by the message. Of several at once, one is to send it.
        """
        try:
            self._table.update(
                job.id,
                Change({"queued_at": epoch(), "pending": self._record.PENDING}, counts="requeued"),
                # Records of release 1.0 have neither of the two.
                f"{IS_WAITING} AND lease_until = :lease "
                "AND (attribute_not_exists(queued_at) OR queued_at = :queued)",
                {":waiting": State.WAITING, ":lease": job.lease_until, ":queued": job.queued_at},
            )
        except Refused:
            return False
        return True

    def claim(self, task_id: str, owner: str, *, seconds: int) -> J | None:
        """Claim a waiting job for `seconds`; return a finished one unchanged.

        None if there is no such job, or it was removed. Raises `Busy` while another worker holds
        it.
        """
        now = epoch()
        try:
            return self._table.update(
                task_id,
                Change({"lease_owner": owner, "lease_until": now + seconds}, counts="attempts"),
                f"{IS_WAITING} AND lease_until <= :now",
                {":waiting": State.WAITING, ":now": now},
            )
        except Refused as refused:
            job = refused.now
            if not isinstance(job, self._record) or job.removed_at is not None:
                return None
            if job.state is State.WAITING:
                raise Busy(max(1, job.lease_until - now)) from None
            return job

    def release(self, task_id: str, owner: str) -> None:
        """Give the job back for another try, by the message that it has. Raises `LeaseLost`."""
        self.while_held(task_id, owner, Change({"lease_until": 0, "queued_at": epoch()}))

    def hand_on(self, job: J, owner: str) -> None:
        """Give the job back for another round, by a new message. Raises `LeaseLost`."""
        freed = {"lease_until": 0, "queued_at": epoch(), "handed_on": job.attempts}
        self.while_held(job.id, owner, Change(freed, counts="rounds"))

    def end(self, job: J, owner: str, outcome: Mapping[str, object]) -> J:
        """End the job with success; `outcome` has what its record says of it.

        Raises `LeaseLost` if the job is no longer the owner's.
        """
        return self._end(job, owner, {"state": State.SUCCESS, **outcome})

    def fail(self, job: J, owner: str, failure: str) -> J:
        """End the job; `failure` is the reason, for a person.

        Raises `LeaseLost` if it is no longer the owner's.
        """
        return self._end(job, owner, {"state": State.FAILED, "failure": failure})

    def claim_mail(self, job: J, owner: str, *, seconds: int) -> J | None:
        """Claim the mail about the job's end for `seconds`; None if no mail is to be sent (again).

        Each claim gives the mail an id, under which the state of the mail is recorded. Raises
        `Busy` while another worker sends it.
        """
        now = epoch()
        claim = {"mail_owner": owner, "mail_until": now + seconds, "mail_id": uuid.uuid4().hex}
        try:
            return self._table.update(
                job.id,
                Change(claim, counts="mail_attempts"),
                "#state <> :waiting AND attribute_not_exists(removed_at) "
                "AND attribute_not_exists(mailed_at) AND attribute_not_exists(mail_failure) "
                "AND (attribute_not_exists(mail_until) OR mail_until <= :now)",
                {":waiting": State.WAITING, ":now": now},
            )
        except Refused as refused:
            if refused.now is None or not refused.now.is_mail_due:
                return None
            raise Busy(max(1, refused.now.mail_until - now)) from None

    def release_mail(self, job: J, owner: str, *, unconfirmed: bool = False) -> None:
        """Give the mail back for another try. `unconfirmed`: it may have been sent."""
        change = Change({"mail_until": 0}, counts="mail_unconfirmed" if unconfirmed else None)
        with suppress(Refused):
            self._table.update(
                job.id, change, f"{_IS_JOB} AND mail_owner = :owner", {":owner": owner}
            )

    def mark_mailed(self, job: J) -> None:
        """Record that the mail about the job's end was sent."""
        self._end_mail(job, {"mailed_at": timestamp()})

    def give_up_mail(self, job: J, code: str) -> None:
        """Record that the mail about the job's end cannot be sent, and why."""
        self._end_mail(job, {"mail_failure": code})

    def remove(self, job: J) -> J:
        """Mark the job as removed, whatever its state; a worker that holds it loses it.

        Returns the job as it is now: it may have ended since it was read.
        """
        try:
            return self._table.update(
                job.id, Change({"removed_at": timestamp()}, removes="pending"), _IS_JOB
            )
        except Refused:
            return job.model_copy(update={"removed_at": timestamp()})

    def _end(self, job: J, owner: str, outcome: Mapping[str, object]) -> J:
        """End the job. Nothing is left to be done then if no mail announces it."""
        ended = {"finished_at": timestamp(), **outcome}
        removes = None if job.sends_mail else "pending"
        return self.while_held(job.id, owner, Change(ended, removes=removes))

    def _end_mail(self, job: J, outcome: Mapping[str, object]) -> None:
        with suppress(Refused):
            self._table.update(job.id, Change(outcome, removes="pending"), _IS_JOB)

    def while_held(self, task_id: str, owner: str, change: Change) -> J:
        """Change the job while `owner` holds it. Raises `LeaseLost`."""
        try:
            return self._table.update(
                task_id,
                change,
                f"{IS_WAITING} AND lease_owner = :owner",
                {":waiting": State.WAITING, ":owner": owner},
                owner=owner,
            )
        except Refused as refused:
            raise LeaseLost from refused
