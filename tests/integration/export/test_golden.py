"""The sample event's archives, in every dialect and for everybody, are what they were, to the byte.

`python -m tests.golden` writes them again.
"""

import re

import pytest

from openevent.catalogue.files import Dialect
from openevent.catalogue.privacy import Privacy
from tests.database import Server
from tests.golden.archives import FOLDER, Archives, archives, texts

# An address, but no handle of a network of many servers: that begins with its own @.
EMAIL = re.compile(rb"(?<![@\w.+-])[\w.+-]+@[\w-]+(\.[\w-]+)+")


@pytest.fixture(scope="module")
def made(postgres: Server) -> Archives:
    return archives(postgres)


def test_archives_are_as_written_down(made: Archives) -> None:
    assert dict(texts(made)) == {
        path.name: path.read_text(encoding="utf-8")
        for path in FOLDER.iterdir()
        if path.suffix in (".txt", ".diff")
    }


def test_an_event_exported_twice_gives_the_same_data(made: Archives, postgres: Server) -> None:
    again = archives(postgres)
    assert {key: dict(exported.files) for key, exported in again.items()} == {
        key: dict(exported.files) for key, exported in made.items()
    }


@pytest.mark.parametrize(
    ("dialect", "privacy"),
    [(Dialect.SERVER, Privacy.PUBLIC), *((Dialect.WEBAPP, privacy) for privacy in Privacy)],
)
def test_what_is_published_holds_no_address_of_anybody(
    made: Archives, dialect: Dialect, privacy: Privacy
) -> None:
    files = made[dialect, privacy].files
    found = {name: EMAIL.search(data) for name, data in files.items() if "/" not in name}
    assert {name: match[0] for name, match in found.items() if match} == {}


def test_everybody_gets_the_same_files(made: Archives) -> None:
    for dialect in Dialect:
        data = [
            [name for name in made[dialect, privacy].files if "/" not in name]
            for privacy in Privacy
        ]
        assert data[0] == data[1] == data[2]
