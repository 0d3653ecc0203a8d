"""The deployed cloud, started once for each group of end-to-end tests."""

from collections.abc import Iterator

import pytest

from local import cloud, processes
from local.cloud import CloudOptions
from local.places import claimed
from local.stack import Stack
from tests.e2e.described import DescribedStack
from tests.e2e.web import Web, running_web

# Clouds of one working copy that may run at the same time.
CLOUDS = 8


@pytest.fixture(scope="session")
def web() -> Iterator[Web]:
    """A web server on this machine that the deployed functions trust."""
    with running_web() as web:
        yield web


@pytest.fixture(scope="session")
def stack(web: Web) -> Iterator[Stack]:
    """The real template in a cloud of this process's own, with the sample event.

    Each answer is compared with docs/openapi.yaml. The cloud's files remain until the next run, so
    that the cause of a failure can be found.
    """
    with claimed(f"e2e-{number}" for number in range(1, CLOUDS + 1)) as directory:
        # What S3 puts together here is small enough to be made for a test.
        parameters = {"MediaTrustedHosts": web.host, "AssembleAboveMegabytes": "20"}
        # One owner makes hundreds of copies here, and dozens of exports of one event.
        parameters |= {"CopiesPerHour": "1000", "CopyDryRunsPerHour": "1000"}
        parameters |= {"ExportStartsPerHour": "1000"}
        parameters |= {"ScheduleCheckSeconds": "1"}
        stack = cloud.up(directory, CloudOptions(parameters=parameters))
        yield DescribedStack.of(stack)
        processes.stop(directory)
