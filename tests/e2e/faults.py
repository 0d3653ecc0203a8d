"""Faults, forced for real: what the functions depend on is taken away, and given back."""

import json
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psutil

from local.stack import Stack

PUT = "s3:PutObject"


@contextmanager
def database_away(stack: Stack) -> Iterator[None]:
    """Refuse connections to PostgreSQL: its socket has another name."""
    directory = Path(parse_qs(urlsplit(stack.database_url).query)["host"][0])
    socket = directory / ".s.PGSQL.5432"
    hidden = socket.rename(directory / "hidden")
    try:
        yield
    finally:
        hidden.rename(socket)


@contextmanager
def worker_paused(stack: Stack) -> Iterator[None]:
    """Stop the delivery of messages from the queue."""
    client = stack.client("lambda")
    mappings = client.list_event_source_mappings(FunctionName=stack.functions["export_worker"])
    (mapping,) = mappings["EventSourceMappings"]
    client.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
    try:
        yield
    finally:
        client.update_event_source_mapping(UUID=mapping["UUID"], Enabled=True)


def archives_refused(stack: Stack) -> AbstractContextManager[None]:
    """S3 takes no archive."""
    bucket = stack.export_bucket
    return _refused(stack, bucket, {"Action": PUT, "Resource": f"arn:aws:s3:::{bucket}/*"})


def copies_refused(stack: Stack, *, but_first: str) -> AbstractContextManager[None]:
    """Refuse new media files of events, except those of one name."""
    bucket = stack.media_bucket
    which = {"Action": PUT, "NotResource": f"arn:aws:s3:::{bucket}/*{but_first}"}
    return _refused(stack, bucket, which)


def reads_refused(stack: Stack, key: str) -> AbstractContextManager[None]:
    """Refuse to read one media file."""
    bucket = stack.media_bucket
    which = {"Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/{key}"}
    return _refused(stack, bucket, which)


@contextmanager
def _refused(stack: Stack, bucket: str, which: dict[str, str]) -> Iterator[None]:
    """Refuse what matches `which`, the action and resource of a policy's statement."""
    client = stack.client("s3")
    refusal = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Deny", "Principal": "*", **which}],
    }
    client.put_bucket_policy(Bucket=bucket, Policy=json.dumps(refusal))
    try:
        yield
    finally:
        client.delete_bucket_policy(Bucket=bucket)


@contextmanager
def mail_refused(stack: Stack) -> Iterator[None]:
    """SES takes no mail of an export for now: the functions have no right to send any."""
    client = stack.client("iam")
    denied = {"Effect": "Deny", "Action": "ses:SendEmail", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [denied]})
    roles = [_role(stack, name) for name in ("export_worker", "export_failed", "sweeper")]
    for role in roles:
        client.put_role_policy(RoleName=role, PolicyName="no-mail", PolicyDocument=policy)
    try:
        yield
    finally:
        for role in roles:
            client.delete_role_policy(RoleName=role, PolicyName="no-mail")


def _role(stack: Stack, function: str) -> str:
    """The name of a function's role."""
    name = stack.functions[function]
    found = stack.client("lambda").get_function_configuration(FunctionName=name)
    return str(found["Role"]).rsplit("/", 1)[-1]


def kill_worker(stack: Stack) -> int:
    """Kill every process in which the worker's code runs; returns how many there were."""
    killed = 0
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            environment = process.environ()
            if (
                environment.get("AWS_LAMBDA_FUNCTION_NAME") == stack.functions["export_worker"]
                and environment.get("AWS_ENDPOINT_URL") == stack.aws_endpoint_url
            ):
                process.kill()
                killed += 1
    return killed
