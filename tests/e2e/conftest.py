"""The deployed cloud, put up once for all end-to-end tests of a run."""

from collections.abc import Iterator

import pytest

from local import cloud, processes
from local.cloud import Wishes
from local.places import claimed
from local.stack import Stack
from tests.e2e.described import DescribedStack
from tests.e2e.web import Web, running_web

# How many runs may be at it at a time, each with a cloud of its own.
RUNS = 8


@pytest.fixture(scope="session")
def web() -> Iterator[Web]:
    """A web server on this machine that the deployed functions trust."""
    with running_web() as web:
        yield web


@pytest.fixture(scope="session")
def stack(web: Web) -> Iterator[Stack]:
    """The real template in a cloud of this run's own, with the sample event.

    Whatever it answers is held against docs/openapi.yaml. What it wrote is left for whoever looks
    for the cause of a failure, until the next run.
    """
    with claimed(f"e2e-{number}" for number in range(1, RUNS + 1)) as directory:
        # What S3 puts together here is small enough to be made for a test.
        parameters = {"MediaTrustedHosts": web.host, "AssembleAboveMegabytes": "20"}
        stack = cloud.up(directory, Wishes(parameters=parameters))
        yield DescribedStack.of(stack)
        processes.stop(directory)
