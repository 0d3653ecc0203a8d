"""The account's suppression list: addresses to which SES sends no mail."""

from typing import TYPE_CHECKING

from aws_lambda_powertools import Logger
from botocore.exceptions import BotoCoreError, ClientError

from openevent.delivery.reasons import Reason

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client

logger = Logger(child=True)


def find_suppression(client: "SESV2Client", address: str) -> Reason | None:
    """Return why SES sends no mail to `address`; None if it does, or if SES cannot be asked.

    An address that SES suppresses without our knowledge bounces, and the state of its mail says so.
    """
    try:
        found = client.get_suppressed_destination(EmailAddress=address)
    except (BotoCoreError, ClientError) as error:
        if not _is_missing(error):
            logger.warning("The suppression list cannot be read", exc_info=True)
        return None
    is_complaint = found["SuppressedDestination"]["Reason"] == "COMPLAINT"
    return Reason.EARLIER_COMPLAINT if is_complaint else Reason.EARLIER_BOUNCE


def _is_missing(error: BotoCoreError | ClientError) -> bool:
    if not isinstance(error, ClientError):
        return False
    return error.response.get("Error", {}).get("Code") == "NotFoundException"
