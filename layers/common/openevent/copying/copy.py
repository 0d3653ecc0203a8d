"""Copy an event: its rows and its media files, or neither; once for each `Idempotency-Key`."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from pg8000.dbapi import Error

from openevent.adapters.commit import Outcome
from openevent.adapters.connecting import fault
from openevent.adapters.counters import HOUR, Counters, RateLimit
from openevent.adapters.database import Database
from openevent.adapters.storage import BucketAcls, MediaBucket
from openevent.catalogue.table import EVENTS
from openevent.copying.calls import HEADER, CopyCall
from openevent.copying.objects import ObjectCopier
from openevent.copying.transaction import CopyTransaction
from openevent.errors import Conflict, Invalid, Unavailable
from openevent.making.ending import find_outcome, remove_made
from openevent.making.intents import Answer, Intent, Intents
from openevent.making.journal import Journal
from openevent.making.names import new_identifier
from openevent.making.settle import Settlement, Settler

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

logger = Logger(child=True)
metrics = Metrics()

# Classes of SQLSTATE of a value or a row that does not fit the table (PostgreSQL's manual, appendix
# "Error Codes"): data exception, integrity constraint violation.
_REFUSED = ("22", "23")

# Tries of a copy that another transaction, or another event's identifier, is in the way of.
TRIES = 3


@dataclass(frozen=True, slots=True)
class CopyLimits:
    """Copies and dry runs that one user may make within an hour."""

    copies_per_hour: int
    dry_runs_per_hour: int

    def of(self, *, dry_run: bool) -> RateLimit:
        """Return the limit of dry runs or of copies."""
        if dry_run:
            most = self.dry_runs_per_hour
            detail = f"You have made {most} dry runs of copies within an hour. Try again later."
            return RateLimit("copy-dry-runs", most, HOUR, detail)
        most = self.copies_per_hour
        detail = f"You have copied {most} events within an hour. Try again later."
        return RateLimit("copies", most, HOUR, detail)


@dataclass(frozen=True, slots=True)
class EventCopy:
    """Copies events.

    `root_url`: what relative addresses of media are relative to. `concurrency`: media files that
    one copy has S3 copy at a time.
    """

    database: Database
    bucket: MediaBucket
    root_url: str
    s3: "S3Client"
    acls: BucketAcls
    intents: Intents
    counters: Counters
    limits: CopyLimits
    concurrency: int = 32
    new_identifier: Callable[[], str] = new_identifier

    def copy(self, call: CopyCall, *, deadline: float) -> Answer:
        """Copy the event, or say what would be copied; return the answer, as JSON has it.

        The same call, if it has a key, gets the same answer for a day. `deadline`: when to give up,
        on the clock of `time.monotonic`.

        Raises `TooManyRequests` if the caller's limit is used up, `NotFound` if the event does not
        exist any more, `Invalid` for the key of another body or dates that cannot be moved,
        `Conflict` while the same call is worked on or if the database refuses the copy,
        `Unavailable` if the database, DynamoDB or S3 does not answer or the deadline passes. Then
        nothing is left of the copy, neither in the database nor in the bucket, unless the code is
        `copy-outcome-unknown`: what there is then is found out when the call is repeated, or by the
        sweeper.
        """
        if call.key is None and call.request.dry_run:
            self._count(call)
            return self._attempt(call, Journal(), deadline)
        intent, is_new = self.intents.begin(call)
        while not is_new:
            answer = self._answer_again(call, intent)
            if answer is not None:
                return answer
            intent, is_new = self.intents.begin(call)
        return self._copy_for(intent, call, deadline)

    def _answer_again(self, call: CopyCall, intent: Intent) -> Answer | None:
        """Return the answer that `intent`, of the same call, has; None if it came to nothing."""
        if intent.fingerprint != call.fingerprint():
            raise Invalid(
                "idempotency-key-reused",
                "This key was used for a copy with another body. Use a new key.",
                header=HEADER,
            )
        if intent.is_open:
            match Settler(self.database, self.intents, self.s3, self.bucket.name).settle(intent):
                case Settlement.REMOVED:
                    return None
                case Settlement.WAITING | Settlement.UNKNOWN:
                    raise Conflict(
                        "copy-in-progress",
                        "The same copy is being made. Repeat the call in a moment to get its "
                        "answer.",
                        header=HEADER,
                    )
            # The answer may have been noted after the intent was read.
            return self._noted_answer(intent)
        return intent.answer

    def _noted_answer(self, intent: Intent) -> Answer | None:
        found = self.intents.find(intent.name)
        return None if found is None else found.answer

    def _copy_for(self, intent: Intent, call: CopyCall, deadline: float) -> Answer:
        """Copy the event for `intent`, which is new, and close it."""
        journal = Journal(self.intents, intent)
        try:
            self._count(call)
            answer = self._attempt(call, journal, deadline)
        except BaseException:
            journal.abandon()
            raise
        journal.finish()
        return answer

    def _count(self, call: CopyCall) -> None:
        self.counters.count(self.limits.of(dry_run=call.request.dry_run), call.user.id)

    def _attempt(self, call: CopyCall, journal: Journal, deadline: float) -> Answer:
        """Try to copy the event, and again if another transaction was in the way."""
        started = time.monotonic()
        for tries_left in reversed(range(TRIES)):
            try:
                answer = self._try(call, journal, deadline)
            except (Error, Unavailable) as error:
                is_worth_it = _is_in_the_way(error) and journal.making is None
                if not tries_left or not is_worth_it or time.monotonic() > deadline:
                    raise _refusal(error) or error from error
                logger.info("The copy is tried again", exc_info=error)
            else:
                _count_copy(answer, time.monotonic() - started)
                return answer
        raise AssertionError  # the last try returns or raises

    def _try(self, call: CopyCall, journal: Journal, deadline: float) -> Answer:
        """Try to copy the event; remove the media files if that fails."""
        objects = ObjectCopier(
            self.s3,
            self.bucket.name,
            self.acls,
            deadline=deadline,
            concurrency=self.concurrency,
        )
        transaction = CopyTransaction(
            call, self.new_identifier(), self.bucket, self.root_url, objects, deadline, journal
        )
        answer: Answer | None = None
        try:
            with self.database.transaction(isolation="REPEATABLE READ") as session:
                answer = transaction.run(session)
                journal.note_answer(answer)
        except BaseException as error:
            if answer is None or not self._is_committed(journal, error):
                remove_made(self.s3, self.bucket.name, journal)
                raise
            logger.warning("The connection was lost after the copy", exc_info=True)
        return answer

    def _is_committed(self, journal: Journal, error: BaseException) -> bool:
        """Return whether the transaction, which ended with `error`, is committed.

        Raises `Unavailable` if the database does not say it.
        """
        match find_outcome(self.database, self.s3, self.bucket.name, journal):
            case Outcome.COMMITTED:
                return True
            case Outcome.ABORTED:
                return False
        raise Unavailable(
            "copy-outcome-unknown",
            "The database did not confirm the copy. It may be there or not: look at your events "
            "before you copy again. With an Idempotency-Key, repeat the call.",
        ) from error


def _count_copy(answer: Answer, seconds: float) -> None:
    if answer["copied"]:
        metrics.add_metric("EventsCopied", MetricUnit.Count, 1)
        metrics.add_metric("CopySeconds", MetricUnit.Seconds, seconds)
        metrics.add_metric("CopiedMedia", MetricUnit.Count, answer["media"]["copied"])


def _is_in_the_way(error: BaseException) -> bool:
    """Return whether another transaction ended this one, so that another try may succeed."""
    fields = fault(error)
    match fields.get("C"):
        case "40001" | "40P01" | "23503":  # the last: a row it refers to was deleted
            return True
        case "23505":
            return fields.get("t") == EVENTS
    return False


def _refusal(error: BaseException) -> Conflict | None:
    """Return the error to answer if the data cannot be written to this database; else None."""
    fields = fault(error)
    if not fields.get("C", "").startswith(_REFUSED):
        return None
    places = {"table": fields.get("t"), "column": fields.get("c"), "constraint": fields.get("n")}
    where = ", ".join(f"{kind} {name}" for kind, name in places.items() if name)
    return Conflict(
        "copy-refused",
        f"The database refuses the copy ({where or 'a value'}). Nothing was copied. Please tell "
        "the operator.",
    )
