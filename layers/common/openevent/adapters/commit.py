"""Transactions whose COMMIT may not be confirmed: PostgreSQL is asked what became of them.

A connection that is lost at COMMIT leaves two possibilities: the transaction took effect, or it did
not. `txid_status` knows which (PostgreSQL's manual, "Transaction ID and Snapshot Information").
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from typing import TypeVar

from aws_lambda_powertools import Logger
from pg8000.dbapi import Error

from openevent.adapters.database import Rows, Transactions
from openevent.errors import Unavailable

S = TypeVar("S", bound=Rows)

logger = Logger(child=True)

# Seconds until PostgreSQL must have said what became of a transaction, and between the questions.
# A server that noticed the lost connection says so at once.
OUTCOME_SECONDS = 5.0
OUTCOME_PAUSE = 0.2

# Code of the error that says that a transaction may have taken effect or not.
OUTCOME_UNKNOWN = "outcome-unknown"

_TRANSACTION = "SELECT txid_current()"
_STATUS = "SELECT txid_status(%s)"


class Outcome(Enum):
    """State of a transaction; the values are those of `txid_status`."""

    COMMITTED = "committed"
    ABORTED = "aborted"
    UNKNOWN = "in progress"


def transaction_id(session: Rows) -> int:
    """Return the id of the session's transaction."""
    [[found]] = session.rows(_TRANSACTION)
    return int(found)


def status_of(session: Rows, transaction: int) -> str | None:
    """Return PostgreSQL's word for the state of `transaction`; None if it does not know it."""
    [[status]] = session.rows(_STATUS, transaction)
    return None if status is None else str(status)


def outcome_of(database: Transactions[Rows], transaction: int) -> Outcome:
    """Return the state of `transaction`; `UNKNOWN` if PostgreSQL does not say it in time."""
    give_up = time.monotonic() + OUTCOME_SECONDS
    while True:
        try:
            with database.transaction() as session:
                # NULL, if the database does not know the transaction, as after a failover.
                status = status_of(session, transaction)
                outcome = Outcome.UNKNOWN if status is None else Outcome(status)
        except (Error, Unavailable):
            logger.warning("The outcome of a transaction cannot be read yet", exc_info=True)
            outcome = Outcome.UNKNOWN
        if outcome is not Outcome.UNKNOWN or time.monotonic() >= give_up:
            return outcome
        time.sleep(OUTCOME_PAUSE)


@contextmanager
def confirmed(database: Transactions[S]) -> Iterator[S]:
    """Open a session that ends without an error if, and only if, it took effect.

    Raises what `Database.transaction` raises if it did not take effect, and `Unavailable` with the
    code `outcome-unknown` if that cannot be decided. Costs one statement more than `transaction`.
    """
    transaction: int | None = None
    try:
        with database.transaction() as session:
            yield session
            transaction = transaction_id(session)
    except Exception as error:
        if transaction is None:
            raise
        match outcome_of(database, transaction):
            case Outcome.ABORTED:
                raise
            case Outcome.UNKNOWN:
                raise Unavailable(
                    OUTCOME_UNKNOWN,
                    "The database did not confirm the change. It may have been made or not. "
                    "Look whether it was before you try again.",
                ) from error
            case Outcome.COMMITTED:
                logger.warning("The connection was lost after the commit", exc_info=True)
