"""An archive that is put down and taken up again is the one made in one go, in any dialect."""

import io
import re
import zipfile
from datetime import datetime

import pytest

from local import sample
from openevent.archive.writer import Archive
from openevent.catalogue.files import Dialect
from openevent.catalogue.privacy import Privacy
from openevent.export.build import Build
from openevent.export.options import Options
from openevent.export.repairs import Unfit
from openevent.media.requested import Placed
from openevent.media.skipped import Skipped
from tests.database import engine
from tests.exports import (
    ADDRESSES,
    ALL_MEDIA,
    MEDIA,
    Shelf,
    database_at,
    export,
    fetcher,
    job_of,
)


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def event_id(database_url: str, shelf: Shelf) -> int:
    with engine(database_url).connect() as connection:
        event = sample.load(connection, shelf.put, MEDIA)
        connection.commit()
    return event.id


@pytest.mark.parametrize("dialect", Dialect)
def test_nothing_is_lost_between(
    database_url: str, event_id: int, shelf: Shelf, dialect: Dialect
) -> None:
    database, options = (
        database_at(database_url),
        Options(**ALL_MEDIA, dialect=dialect, privacy=Privacy.FULL),
    )
    job, saved = job_of(event_id, options), io.BytesIO()
    with Archive(modified=datetime.fromisoformat(job.created_at)) as archive:
        before = Build(archive, job, addresses=ADDRESSES, report=lambda _: None)
        event = before.read(database)
        before.complete()
        before.save(saved)
        saved.seek(0)
        after = Build(archive, job, addresses=ADDRESSES, report=lambda _: None)
        after.restore(saved)
        media = fetcher(event, archive, shelf)
        after.fill(media.fetch_all([one.address for one in after.requested()], concurrency=2))
        result = after.finish(event)
        with zipfile.ZipFile(archive.path) as opened:
            files = {name: opened.read(name) for name in opened.namelist()}

    whole = export(database, event_id, options, shelf)
    assert files == dict(whole.files)
    assert (result.repaired, result.skipped) == (whole.result.repaired, whole.result.skipped)


def test_a_media_file_that_is_not_where_a_row_says_is_found_out(
    database_url: str, event_id: int
) -> None:
    options = Options(image=True, dialect=Dialect.WEBAPP)
    job = job_of(event_id, options)
    with Archive(modified=datetime.fromisoformat(job.created_at)) as archive:
        build = Build(archive, job, addresses=ADDRESSES, report=lambda _: None)
        event = build.read(database_at(database_url))
        build.complete()
        build.fill([Placed(wanted.path("png")) for wanted in build.requested()])

        with pytest.raises(Unfit) as refused:
            build.finish(event)

    assert (refused.value.file, refused.value.field) == ("event", "background_image")
    assert refused.value.problem == "names a file that is not in the archive"


def test_a_file_that_no_reader_takes_has_no_path(database_url: str, event_id: int) -> None:
    options = Options(audio=True, dialect=Dialect.WEBAPP)
    job = job_of(event_id, options)
    with Archive(modified=datetime.fromisoformat(job.created_at)) as archive:
        build = Build(archive, job, addresses=ADDRESSES, report=lambda _: None)
        build.read(database_at(database_url))
        build.complete()
        wanted = next(iter(build.requested()))

        assert wanted.path("mp3") == f"{wanted.stem}.mp3"
        assert re.fullmatch(r"audio/session_\d+", wanted.stem)
        with pytest.raises(Skipped, match="unreadable"):
            wanted.path("wav")
