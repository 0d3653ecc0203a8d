"""Secrets are read with short time-outs."""

from typing import Any

import boto3

from openevent.adapters import clients
from openevent.adapters.secrets import read_secret
from tests.aws import REGION, played_aws

# Seconds for which API Gateway waits for an answer.
GATEWAY = 29


def test_a_secret_is_read_by_its_arn() -> None:
    with played_aws():
        arn = boto3.client("secretsmanager", region_name=REGION).create_secret(
            Name="a", SecretString="hush"
        )["ARN"]

        assert read_secret(arn) == "hush"


def test_secrets_manager_has_half_the_time_of_a_call_to_answer() -> None:
    """Issue 11: a client that waits 60 s for an answer leaves the caller with a time-out."""
    config: Any = clients.secrets().meta.config

    seconds = config.connect_timeout + config.read_timeout
    assert config.retries["total_max_attempts"] * seconds <= GATEWAY / 1.5
