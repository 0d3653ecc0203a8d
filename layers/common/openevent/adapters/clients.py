"""The AWS clients, one of each a process, made when first asked for.

They are botocore's: boto3 loads and makes much that no function uses. What it adds to the client of
S3 is loaded when a file is transferred.
"""

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

import botocore
import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, HTTPClientError
from botocore.loaders import Loader

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient
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

# The services that functions call, by botocore's names.
SERVICES = ["dynamodb", "events", "lambda", "s3", "secretsmanager", "sesv2", "sqs"]

# The methods that boto3 adds to a client of S3, and that are in use.
TRANSFERS = ("download_fileobj", "upload_file", "upload_fileobj")


class TransferFailed(BotoCoreError):
    """A file could not be transferred to or from S3."""

    fmt = "The transfer failed: {error}"


class _Services(Loader):
    """Descriptions of the `SERVICES`, without a look into the directories of the 400 others."""

    def list_available_services(self, type_name: str) -> list[str]:
        """Return the services that have a description of this type: all of them have."""
        del type_name
        return SERVICES


@cache
def _session() -> botocore.session.Session:
    session = botocore.session.Session()
    session.register_component("data_loader", _Services())
    session.register("creating-client-class.s3", _add_transfers)
    return session


def _client(service: str, config: Config) -> Any:  # noqa: ANN401 - botocore makes its classes
    return _session().create_client(service, config=config)


@cache
def s3() -> "S3Client":
    """The S3 client.

    For presigned addresses: SigV4, as S3 refuses the SigV2 that is the default, and the region's
    own host name, as the global one redirects elsewhere until it has heard of a new bucket.
    """
    config = Config(signature_version="s3v4", s3={"addressing_style": "virtual"})
    client: S3Client = _client("s3", _CONFIG.merge(config))
    return client


@cache
def s3_for_copies() -> "S3Client":
    """An S3 client that waits: an answer about a range comes when S3 has copied it."""
    config = Config(
        signature_version="s3v4",
        read_timeout=300,
        retries={"mode": "standard", "total_max_attempts": 7},
    )
    client: S3Client = _client("s3", _CONFIG.merge(config))
    return client


@cache
def dynamodb() -> "DynamoDBClient":
    """The DynamoDB client."""
    client: DynamoDBClient = _client("dynamodb", _CONFIG)
    return client


@cache
def sqs() -> "SQSClient":
    """The SQS client."""
    client: SQSClient = _client("sqs", _CONFIG)
    return client


@cache
def lambda_() -> Any:  # noqa: ANN401 - there are no types for this one call
    """Return the Lambda client."""
    return _client("lambda", _CONFIG)


@cache
def secrets() -> "SecretsManagerClient":
    """The client of Secrets Manager.

    Its time-outs are short: 3 tries of 5 s at most leave time to answer within the 29 s of API
    Gateway. A secret has a few hundred bytes.
    """
    config = Config(
        connect_timeout=2,
        read_timeout=3,
        retries={"mode": "standard", "total_max_attempts": 3},
    )
    client: SecretsManagerClient = _client("secretsmanager", _CONFIG.merge(config))
    return client


@cache
def ses() -> "SESV2Client":
    """The SES v2 client. It does not repeat a call whose answer was lost: SES may have sent it."""
    client: SESV2Client = _client("sesv2", _CONFIG)
    client.meta.events.register_first("needs-retry.sesv2.SendEmail", _raise_lost_answer)
    return client


@cache
def ses_lookups() -> "SESV2Client":
    """An SES v2 client for questions that a call can do without: it soon gives up.

    2 tries of 3 s at most leave time for the call's mail within the 29 s of API Gateway.
    """
    config = Config(
        connect_timeout=1,
        read_timeout=2,
        retries={"mode": "standard", "total_max_attempts": 2},
    )
    client: SESV2Client = _client("sesv2", _CONFIG.merge(config))
    return client


@cache
def events() -> Any:  # noqa: ANN401 - there are no types for these two calls
    """Return the EventBridge client."""
    return _client("events", _CONFIG)


def _raise_lost_answer(caught_exception: Exception | None, **_context: object) -> None:
    if isinstance(caught_exception, HTTPClientError):
        raise caught_exception


def _add_transfers(**context: Any) -> None:  # noqa: ANN401 - an event of botocore
    for name in TRANSFERS:
        context["class_attributes"][name] = _transfer(name)


def _transfer(name: str) -> Callable[..., object]:
    def transfer(client: object, *arguments: object, **options: object) -> object:
        from boto3.exceptions import Boto3Error  # noqa: PLC0415 - boto3 is loaded for transfers only
        from boto3.s3 import inject  # noqa: PLC0415

        try:
            return getattr(inject, name)(client, *arguments, **options)
        except Boto3Error as error:
            raise TransferFailed(error=error) from error

    return transfer


def check_sdk(version: str) -> None:
    """Raise `ImportError` if `version` of botocore is older than `OLDEST_SDK`."""
    major, minor, *_ = version.split(".")
    if (int(major), int(minor)) < OLDEST_SDK:
        raise ImportError(
            f"This Lambda runtime has version {version} of the AWS SDK, which is too old to build "
            "archives. Set the function's runtime management to Auto, which updates the SDK."
        )


check_sdk(botocore.__version__)
