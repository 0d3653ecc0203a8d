"""Settle an event whose making has no recorded end: the database decides whether it is there."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from aws_lambda_powertools import Logger
from pg8000.dbapi import Error

from openevent.adapters.commit import status_of
from openevent.adapters.connecting import fault
from openevent.adapters.database import Rows, Transactions
from openevent.making.intents import Intent, Intents, Making
from openevent.making.leftovers import count_left_behind, remove_all

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

logger = Logger(child=True)

# SQLSTATE of `txid_status` for a transaction that this server has not reached yet.
_IN_THE_FUTURE = "22023"


class Settlement(StrEnum):
    """Outcome of settling an intent."""

    FINISHED = "finished"
    """The event is there. Its answer is kept, if its call has a key."""
    REMOVED = "removed"
    """The event is not there, and nothing is left of it, nor of the intent."""
    WAITING = "waiting"
    """The event is still being made, or something of it could not be removed. Settle it later."""
    UNKNOWN = "unknown"
    """The database does not know the transaction. What there may be is kept, and counted."""


@dataclass(frozen=True, slots=True)
class Settler:
    """Settles intents: of a call that is repeated, and of those that no call asks for any more.

    The sweeper calls `settle` for each of `intents.older_than(…)`.
    """

    database: Transactions[Rows]
    intents: Intents
    s3: "S3Client"
    bucket: str
    clock: Callable[[], float] = time.time

    def settle(self, intent: Intent) -> Settlement:
        """Finish the event or remove what it left. `intent` is open.

        Raises `Unavailable` if the database or DynamoDB does not answer; then nothing has changed.
        """
        found = self._find_out(intent)
        match found:
            case Settlement.FINISHED:
                self.intents.finish(intent)
            case Settlement.REMOVED if intent.ends_at > self.clock():
                return Settlement.WAITING
            case Settlement.REMOVED if intent.making is not None:
                if not remove_all(self.s3, self.bucket, intent.making.prefix):
                    return Settlement.WAITING
                self.intents.forget(intent)
            case Settlement.REMOVED:
                self.intents.forget(intent)
            case Settlement.UNKNOWN if intent.making is not None:
                left = count_left_behind(self.s3, self.bucket, intent.making.prefix)
                if not left and intent.ends_at <= self.clock():
                    # There is no event and no object: the operator has removed them, or none was
                    # made.
                    self.intents.forget(intent)
        return found

    def _find_out(self, intent: Intent) -> Settlement:
        """Return what the database says; `REMOVED` if the event is not there and never will be."""
        if intent.making is None or intent.making.transaction is None:
            return Settlement.REMOVED
        with self.database.transaction() as session:
            if _is_there(session, intent.making):
                return Settlement.FINISHED
            status = _status(session, intent.making.transaction)
        match status:
            case "committed":  # and deleted since
                return Settlement.FINISHED
            case "aborted":
                return Settlement.REMOVED
            case "in progress":
                return Settlement.WAITING
        logger.error("The database does not know an intent's transaction", extra={"intent": intent})
        return Settlement.UNKNOWN


def _is_there(session: Rows, making: Making) -> bool:
    session.schema.require("events", "identifier")
    made = "SELECT 1 FROM events WHERE id = %s AND identifier = %s"
    return bool(session.rows(made, making.event_id, making.identifier))


def _status(session: Rows, transaction: int) -> str | None:
    """Return PostgreSQL's word for the transaction's state; None if it knows no such transaction.

    The database may have been restored from a backup, or the transaction is too old.
    """
    try:
        return status_of(session, transaction)
    except Error as error:
        if fault(error).get("C") == _IN_THE_FUTURE:
            return None
        raise
