"""Archives of any event can be read by the programs that they are for."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from openevent.adapters.database import Database
from openevent.catalogue.files import Dialect
from openevent.catalogue.privacy import Privacy
from openevent.export.options import Options
from tests.database import Server, engine, new_database
from tests.exports import ALL_MEDIA, Shelf, database_at, export
from tests.generated_events import Generated, generated_events
from tests.readers import read_as_generator, read_as_server
from tests.tables import assert_equal, assert_valid, begun_formulas, sheets_in, tables_in

PICTURE = b"\x89PNG\r\n\x1a\n picture"


@pytest.fixture(scope="module")
def url(postgres: Server) -> Iterator[str]:
    """One database for all events; each is read by itself."""
    with new_database(postgres) as url:
        yield url


@pytest.fixture(scope="module")
def database(url: str) -> Database:
    return database_at(url)


@given(generated=generated_events(), privacy=st.sampled_from(Privacy))
@settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    # A smaller event is hardly worth the minutes.
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
def test_the_archives_of_any_event_are_read(
    url: str, database: Database, generated: Generated, privacy: Privacy
) -> None:
    with engine(url).connect() as connection:
        event_id = generated.insert(connection)
        connection.commit()
    shelf = Shelf()
    shelf.put("there.png", PICTURE, "image/png")
    for dialect, read in (
        (Dialect.SERVER, read_as_server),
        (Dialect.WEBAPP, read_as_generator),
    ):
        options = Options(**ALL_MEDIA, dialect=dialect, privacy=privacy)
        exported = export(database, event_id, options, shelf)
        read(exported)
        if dialect is Dialect.SERVER:
            assert_valid(exported.files)
            tables = tables_in(exported.files)
            for table, sheet in zip(tables.values(), sheets_in(exported.files), strict=True):
                assert_equal(table, sheet)
                assert not begun_formulas(table)
