"""The AWS SDK and its clients."""

from collections.abc import Callable
from typing import Any

import botocore.session
import pytest

from openevent.adapters import clients
from openevent.adapters.clients import check_sdk


@pytest.mark.parametrize("version", ["1.36.0", "1.40.4", "1.44.5", "2.0.0"])
def test_an_sdk_that_knows_what_is_used_is_accepted(version: str) -> None:
    check_sdk(version)


@pytest.mark.parametrize("version", ["1.35.99", "1.9.200"])
def test_an_older_sdk_is_refused_when_a_function_starts(version: str) -> None:
    """Issue 11: with it, S3 would refuse the parameters of an archive's last call."""
    with pytest.raises(ImportError, match=f"version {version} of the AWS SDK"):
        check_sdk(version)


@pytest.mark.parametrize(
    ("client", "tries"),
    [
        *((client, 4) for client in (clients.s3, clients.dynamodb, clients.sqs, clients.ses)),
        (clients.s3_for_copies, 7),
    ],
)
def test_a_call_is_tried_this_many_times(
    client: Callable[[], Any], tries: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """botocore counts `max_attempts` without the first try, `total_max_attempts` with it."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    made = client.__wrapped__()  # type: ignore[attr-defined]  # of `functools.cache`

    assert made.meta.config.retries == {"mode": "standard", "total_max_attempts": tries}


@pytest.mark.parametrize(
    ("service", "operation", "parameter"),
    [
        ("s3", "CreateMultipartUpload", "ChecksumType"),
        ("s3", "CompleteMultipartUpload", "MpuObjectSize"),
        ("s3", "UploadPartCopy", "CopySourceIfMatch"),
        ("sqs", "SendMessage", "MessageGroupId"),
    ],
)
def test_the_sdk_knows_the_parameter(service: str, operation: str, parameter: str) -> None:
    model = botocore.session.get_session().get_service_model(service)
    sent = model.operation_model(operation).input_shape

    assert sent
    assert parameter in sent.members
