"""Media files of an event that was not made: their removal, or their number."""

from typing import TYPE_CHECKING

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from openevent.adapters.storage import abort_uploads, delete_keys, list_keys
from openevent.errors import Unavailable

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

logger = Logger(child=True)
metrics = Metrics()


def remove_all(client: "S3Client", bucket: str, prefix: str) -> bool:
    """Remove all objects and unfinished uploads whose keys begin with `prefix`.

    Return whether nothing is left. What cannot be removed is logged, and counted as
    `MediaLeftBehind`.
    """
    left = list[str]()
    try:
        abort_uploads(client, bucket, prefix)
        left = list_keys(client, bucket, prefix)
        left = delete_keys(client, bucket, left)
    except Unavailable:
        logger.exception("S3 does not remove media files", extra={"prefix": prefix})
        _count(bucket, prefix, left)
        return False
    if left:
        _count(bucket, prefix, left)
    return not left


def count_left_behind(client: "S3Client", bucket: str, prefix: str) -> bool:
    """Log the objects whose keys begin with `prefix`, and count them as `MediaLeftBehind`.

    Return whether there are any, or S3 does not list them.
    """
    try:
        keys = list_keys(client, bucket, prefix)
    except Unavailable:
        logger.exception("S3 does not list media files", extra={"prefix": prefix})
        keys = None
    if keys != []:
        _count(bucket, prefix, keys or [])
    return keys != []


def _count(bucket: str, prefix: str, keys: list[str]) -> None:
    """Log and count objects; at least one, because they are unknown if S3 does not list them."""
    logger.error("Media was left behind", extra={"bucket": bucket, "prefix": prefix, "keys": keys})
    metrics.add_metric("MediaLeftBehind", MetricUnit.Count, max(1, len(keys)))
