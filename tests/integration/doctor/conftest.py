"""Fixtures of the tests of the doctor."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection

from tests.functions import Cloud
from tests.integration.doctor.installation import Installation, healthy_installation


@pytest.fixture
def installation(
    cloud: Cloud, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Installation]:
    """A healthy installation."""
    with healthy_installation(cloud, connection, monkeypatch) as installation:
        yield installation
