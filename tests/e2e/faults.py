"""Faults, forced for real: what the functions depend on is taken away, and given back."""

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psutil

from local.stack import Stack


@contextmanager
def database_away(stack: Stack) -> Iterator[None]:
    """Nobody can connect to PostgreSQL: its socket has another name."""
    directory = Path(parse_qs(urlsplit(stack.database_url).query)["host"][0])
    socket = directory / ".s.PGSQL.5432"
    hidden = socket.rename(directory / "hidden")
    try:
        yield
    finally:
        hidden.rename(socket)


@contextmanager
def worker_paused(stack: Stack) -> Iterator[None]:
    """Nobody takes messages from the queue."""
    client = stack.client("lambda")
    mappings = client.list_event_source_mappings(FunctionName=stack.functions["export_worker"])
    (mapping,) = mappings["EventSourceMappings"]
    client.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
    try:
        yield
    finally:
        client.update_event_source_mapping(UUID=mapping["UUID"], Enabled=True)


@contextmanager
def archives_refused(stack: Stack) -> Iterator[None]:
    """S3 takes no archive."""
    client = stack.client("s3")
    refusal = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Deny",
                "Principal": "*",
                "Action": ["s3:PutObject"],
                "Resource": f"arn:aws:s3:::{stack.export_bucket}/*",
            }
        ],
    }
    client.put_bucket_policy(Bucket=stack.export_bucket, Policy=json.dumps(refusal))
    try:
        yield
    finally:
        client.delete_bucket_policy(Bucket=stack.export_bucket)


@contextmanager
def mail_refused(stack: Stack) -> Iterator[None]:
    """SES takes no mail: the sender is not verified any more."""
    client = stack.client("sesv2")
    client.delete_email_identity(EmailIdentity=stack.mail_sender)
    try:
        yield
    finally:
        client.create_email_identity(EmailIdentity=stack.mail_sender)


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
