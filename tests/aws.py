"""AWS without anything in it, played by moto."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from unittest.mock import patch

import boto3
from aws_lambda_powertools.utilities.parameters.constants import DEFAULT_PROVIDERS
from moto.core.config import DefaultConfig, default_user_config
from moto.core.model_instances import reset_model_data
from moto.core.models import MockAWS, botocore_stubber

REGION = "eu-central-1"


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
        for provider in DEFAULT_PROVIDERS.values():
            provider.clear_cache()


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
