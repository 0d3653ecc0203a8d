"""Contents of an archive by kind of file."""

import json

import pytest

from openevent.catalogue.files import Dialect
from openevent.catalogue.table import MediaKind
from openevent.export.contents_by_kind import ContentKind, ContentsByKind, KindRecord, kind_of
from openevent.export.data_files import FILES_OF, PICTURES_OF
from openevent.programme.formats import FORMATS

KIND_OF_MEDIA = {
    MediaKind.IMAGE: ContentKind.IMAGES,
    MediaKind.VIDEO: ContentKind.VIDEOS,
    MediaKind.AUDIO: ContentKind.AUDIO,
    MediaKind.DOCUMENT: ContentKind.DOCUMENTS,
}


@pytest.mark.parametrize("dialect", FILES_OF)
def test_each_media_file_of_the_catalogue_has_the_kind_of_its_flag(dialect: Dialect) -> None:
    fields = [field for file in FILES_OF[dialect] for field in file.media]
    assert fields
    for field in fields:
        assert kind_of(f"{field.path}.x") is KIND_OF_MEDIA[field.kind], field.path
    for path in PICTURES_OF[dialect]:
        assert kind_of(path) is ContentKind.IMAGES


def test_schedules_are_schedules_and_data_files_are_data() -> None:
    assert {kind_of(written.name) for written in FORMATS.values()} == {ContentKind.SCHEDULES}
    for files in FILES_OF.values():
        assert {kind_of(file.name) for file in files} == {ContentKind.DATA}


def test_tables_and_pages() -> None:
    for path in ("tables/sessions.csv", "tables/PyCon.xlsx", "tables/datapackage.json"):
        assert kind_of(path) is ContentKind.TABLES
    for path in ("index.html", "README.txt", "pages/2027-04-16.html"):
        assert kind_of(path) is ContentKind.PAGES


def test_a_file_named_as_a_folder_is_data() -> None:
    assert kind_of("images") is ContentKind.DATA


def test_files_are_counted_with_their_sizes() -> None:
    contents = ContentsByKind()
    files = [("images/b.png", 20), ("event", 3), ("images/a.png", 1), ("sessions", 4)]
    listed = [json.dumps({"path": path, "size": size, "sha256": "00"}) for path, size in files]

    assert list(contents.paths_of(listed)) == [path for path, _ in files]
    assert list(contents.counted.items()) == [
        ("data", KindRecord(files=2, bytes=7)),
        ("images", KindRecord(files=2, bytes=21)),
    ]
