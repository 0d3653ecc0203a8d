"""AWS without anything in it, played by moto, for this process and for others."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from copy import deepcopy
from functools import cache
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch
from urllib.parse import urlparse
from uuid import uuid4

import boto3
from botocore.awsrequest import AWSPreparedRequest
from botocore.compat import HTTPHeaders
from moto.core.botocore_stubber import BotocoreStubber
from moto.core.config import DefaultConfig, default_user_config
from moto.core.model_instances import reset_model_data
from moto.core.models import DEFAULT_ACCOUNT_ID, MockAWS, botocore_stubber
from moto.dynamodb.models import dynamodb_backends
from moto.s3.models import s3_backends
from moto.secretsmanager.models import secretsmanager_backends
from moto.sqs.models import sqs_backends

from openevent.adapters.secrets import forget_secrets
from tests.shared_aws import Call, Reply

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient

REGION = "eu-central-1"

# Tables and buckets as a first call has made them, by their region and declaration.
_empty: dict[str, Any] = {}


@contextmanager
def played_aws(region: str = REGION) -> Iterator[None]:
    """Answer all calls of botocore from an empty account, until the end.

    Clients can be made before, and used in later ones. The default session is the same each time:
    a new one reads the description of each service again, for 0.2 seconds.
    """
    config: DefaultConfig = {"core": {**default_user_config["core"], "reset_boto3_session": False}}
    names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
    variables = {**dict.fromkeys(names, "testing"), "AWS_DEFAULT_REGION": region}
    with patch.dict("os.environ", variables), _Aws(config):
        with patch.object(boto3, "DEFAULT_SESSION", _session()):
            yield
        forget_secrets()


@contextmanager
def shared_aws(directory: Path) -> Iterator[Path]:
    """Answer the calls that other processes send to the socket, until the end.

    moto plays an AWS in this process. It is not made for threads: one call is answered at a time.
    """
    path = directory / "aws.sock"
    moto, one_at_a_time = BotocoreStubber(), threading.Lock()

    def answer(call: Call) -> Reply:
        headers = HTTPHeaders.from_dict(call.headers)
        request = AWSPreparedRequest(call.method, call.url, headers, call.body, False)  # noqa: FBT003 - as botocore has it
        with one_at_a_time:
            status, answered, body = moto.process_request(request) or (404, {}, "")
        named = {str(name): str(value) for name, value in answered.items()}
        return Reply(status, named, body.encode() if isinstance(body, str) else bytes(body))

    def serve(client: socket.socket) -> None:
        with Connection(client.detach()) as line, suppress(EOFError, OSError):
            while True:
                line.send(answer(line.recv()))

    def accept(listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                threading.Thread(target=serve, args=[client], daemon=True).start()

    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen(64)
        threading.Thread(target=accept, args=[listener], daemon=True).start()
        try:
            yield path
        finally:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            path.unlink()


def make_table(client: "DynamoDBClient", name: str, declared: Any) -> None:  # noqa: ANN401 - as the client takes it
    """Create a table of DynamoDB in this process's account: by a call once, later by a copy.

    A call takes 2 ms, and most tests have three tables.
    """
    key = f"{client.meta.region_name} {name} {json.dumps(declared, sort_keys=True)}"
    tables = dynamodb_backends[DEFAULT_ACCOUNT_ID][client.meta.region_name].tables
    if key not in _empty:
        client.create_table(TableName=name, **declared)
        _empty[key] = deepcopy(tables[name])
    tables[name] = deepcopy(_empty[key])


def make_bucket(client: "S3Client", name: str) -> None:
    """Create a bucket in this process's account, in the region of the client, as `make_table`."""
    region = client.meta.region_name
    key = f"{region} {name}"
    backend = s3_backends[DEFAULT_ACCOUNT_ID]["aws"]
    if key not in _empty:
        if region == "us-east-1":
            client.create_bucket(Bucket=name)
        else:
            where: Any = {"LocationConstraint": region}
            client.create_bucket(Bucket=name, CreateBucketConfiguration=where)
        _empty[key] = deepcopy(backend.buckets[name])
    backend.buckets[name] = deepcopy(_empty[key])
    s3_backends.bucket_accounts[name] = ("aws", DEFAULT_ACCOUNT_ID)


def make_queue(client: "SQSClient", name: str) -> str:
    """Create a queue in this process's account without a call; return its address."""
    queue = sqs_backends[DEFAULT_ACCOUNT_ID][client.meta.region_name].create_queue(name)
    address: str = queue.url(urlparse(client.meta.endpoint_url))
    return address


def make_secret(content: str) -> str:
    """Create a secret in this process's account without a call; return its ARN."""
    made: str = secretsmanager_backends[DEFAULT_ACCOUNT_ID][REGION].create_secret(
        name=str(uuid4()),
        secret_string=content,
        secret_binary=None,
        description="",
        tags=[],
        kms_key_id=None,
        client_request_token=None,
        replica_regions=[],
        force_overwrite=False,
    )
    return str(json.loads(made)["ARN"])


@cache
def _session() -> boto3.Session:
    return boto3.Session()


class _Aws(MockAWS):
    """moto for botocore alone; to answer the library requests too takes 30 ms to set up."""

    def _enable_patching(self, reset: bool = True) -> None:  # noqa: FBT001, FBT002 - as in moto
        botocore_stubber.enabled = True
        if reset:
            self.reset()

    def _disable_patching(self, remove_data: bool) -> None:  # noqa: FBT001 - as in moto
        botocore_stubber.enabled = False
        if remove_data:
            self.reset()
            reset_model_data()
