"""Fixtures of the integration tests: the functions, on a database of the test's own."""

from collections.abc import Iterator

import pytest

from tests.functions import Cloud, running_cloud


@pytest.fixture
def cloud(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    """The functions, their settings, and an AWS that is played."""
    with running_cloud(database_url, monkeypatch) as cloud:
        yield cloud
