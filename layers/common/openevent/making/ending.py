"""End of an attempt to make an event: is it committed, and what is removed if it is not."""

from typing import TYPE_CHECKING

from aws_lambda_powertools import Logger

from openevent.adapters.commit import Outcome, outcome_of
from openevent.adapters.database import Rows, Transactions
from openevent.making.journal import Journal
from openevent.making.leftovers import count_left_behind, remove_all

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

logger = Logger(child=True)


def find_outcome(
    database: Transactions[Rows], client: "S3Client", bucket: str, journal: Journal
) -> Outcome:
    """Return what became of the transaction that the journal has noted; `ABORTED` if it noted none.

    `UNKNOWN` if the database does not say it. The media files stay then: an event without them
    would be worse than files without an event. They are logged and counted.
    """
    making = journal.making
    if making is None or making.transaction is None:
        return Outcome.ABORTED
    outcome = outcome_of(database, making.transaction)
    if outcome is Outcome.UNKNOWN:
        logger.error("An event may be there or not", extra={"making": making})
        count_left_behind(client, bucket, making.prefix)
    return outcome


def remove_made(client: "S3Client", bucket: str, journal: Journal) -> None:
    """Remove the media files of an event that is not there; what stays remains noted."""
    if journal.making and remove_all(client, bucket, journal.making.prefix):
        journal.making = None
