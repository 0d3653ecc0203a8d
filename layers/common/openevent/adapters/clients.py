"""The AWS clients, one of each a process, made when first asked for."""

from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
import botocore
from aws_lambda_powertools.utilities.parameters import SecretsProvider
from botocore.config import Config
from botocore.exceptions import HTTPClientError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sesv2 import SESV2Client
    from mypy_boto3_sqs import SQSClient

# The first version of the AWS SDK that knows checksums of whole objects (CHANGELOG of botocore,
# 1.36.0: ChecksumType, MpuObjectSize). Lambda's runtimes have it: AWS updates their SDK, unless the
# operator pins a runtime's version. So the layer has none, and functions start faster.
OLDEST_SDK = (1, 36)

# Four tries, the first included. Not the mode "adaptive", which slows all calls of a process after
# one of them was throttled. The pool serves the worker's media threads.
_CONFIG = Config(
    connect_timeout=3,
    read_timeout=20,
    max_pool_connections=64,
    retries={"mode": "standard", "total_max_attempts": 4},
    signature_version="v4",
)


@cache
def s3() -> "S3Client":
    """The S3 client.

    For presigned addresses: SigV4, as S3 refuses the SigV2 that is the default, and the region's
    own host name, as the global one redirects elsewhere until it has heard of a new bucket.
    """
    config = Config(signature_version="s3v4", s3={"addressing_style": "virtual"})
    return boto3.client("s3", config=_CONFIG.merge(config))


@cache
def s3_for_copies() -> "S3Client":
    """An S3 client that waits: an answer about a range comes when S3 has copied it."""
    config = Config(
        signature_version="s3v4",
        read_timeout=300,
        retries={"mode": "standard", "total_max_attempts": 7},
    )
    return boto3.client("s3", config=_CONFIG.merge(config))


@cache
def dynamodb() -> "DynamoDBClient":
    """The DynamoDB client."""
    return boto3.client("dynamodb", config=_CONFIG)


@cache
def sqs() -> "SQSClient":
    """The SQS client."""
    return boto3.client("sqs", config=_CONFIG)


@cache
def lambda_() -> Any:  # noqa: ANN401 - there are no types for this one call
    """Return the Lambda client."""
    return boto3.client("lambda", config=_CONFIG)


@cache
def secrets() -> SecretsProvider:
    """The client of Secrets Manager, which keeps what it read.

    Its time-outs are short: 3 tries of 5 s at most leave time to answer within the 29 s of API
    Gateway. A secret has a few hundred bytes.
    """
    config = Config(
        connect_timeout=2,
        read_timeout=3,
        retries={"mode": "standard", "total_max_attempts": 3},
    )
    return SecretsProvider(boto_config=_CONFIG.merge(config))


@cache
def ses() -> "SESV2Client":
    """The SES v2 client. It does not repeat a call whose answer was lost: SES may have sent it."""
    client = boto3.client("sesv2", config=_CONFIG)
    client.meta.events.register_first("needs-retry.sesv2.SendEmail", _raise_lost_answer)
    return client


def _raise_lost_answer(caught_exception: Exception | None, **_context: object) -> None:
    if isinstance(caught_exception, HTTPClientError):
        raise caught_exception


def check_sdk(version: str) -> None:
    """Raise `ImportError` if `version` of botocore is older than `OLDEST_SDK`."""
    major, minor, *_ = version.split(".")
    if (int(major), int(minor)) < OLDEST_SDK:
        raise ImportError(
            f"This Lambda runtime has version {version} of the AWS SDK, which is too old to build "
            "archives. Set the function's runtime management to Auto, which updates the SDK."
        )


check_sdk(botocore.__version__)
