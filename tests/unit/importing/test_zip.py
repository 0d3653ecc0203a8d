"""Well-formed ZIP files are read, whichever program and form they are of."""

import io
import zipfile
from datetime import UTC, datetime

import pytest

from openevent.archive.writer import Archive as OurArchive
from openevent.importing.reading.limits import Limits
from tests.unit.importing.archives import as_bytes, read
from tests.unit.importing.hostile import EVENT
from tests.unit.importing.zips import (
    DEFLATED,
    MAX_16,
    MAX_32,
    End,
    Entry,
    Zip64,
    build,
    zip64_sizes,
)

EVENT_BYTES = as_bytes(EVENT)
EVENT_ENTRY = Entry("event", EVENT_BYTES, DEFLATED)


class Pipe(io.RawIOBase):
    """A file that cannot be moved in, as standard output."""

    def __init__(self) -> None:
        super().__init__()
        self.data = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: "bytes | bytearray | memoryview") -> int:  # type: ignore[override]
        self.data += data
        return len(data)


def streamed() -> bytes:
    """Made by a program that does not know sizes before it has written them."""
    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("event", EVENT_BYTES)
        archive.writestr("sessions", "[]")
    return bytes(pipe.data)


def with_forced_zip64() -> bytes:
    made = io.BytesIO()
    with (
        zipfile.ZipFile(made, "w") as archive,
        archive.open("event", "w", force_zip64=True) as event,
    ):
        event.write(EVENT_BYTES)
    return made.getvalue()


def ours() -> bytes:
    with OurArchive(modified=datetime(2027, 1, 1, tzinfo=UTC)) as archive:
        with archive.data_file("event") as event:
            event.write(EVENT_BYTES)
        archive.finish()
        return archive.path.read_bytes()


FORMS = {
    "stored": build([Entry("event", EVENT_BYTES)]),
    "deflated": build([EVENT_ENTRY]),
    "with-a-comment": build([EVENT_ENTRY], End(comment=b"made by hand" * 100)),
    "with-folders": build([EVENT_ENTRY, Entry("images/", b"", mode=0o040755)]),
    "with-an-empty-file": build([EVENT_ENTRY, Entry("images/a.png", b"")]),
    "without-modes": build([Entry("event", EVENT_BYTES, mode=0)]),
    "zip64-without-need": build([EVENT_ENTRY], End(zip64=Zip64())),
    "zip64-at-the-end": build(
        [EVENT_ENTRY], End(count=MAX_16, size=MAX_32, offset=MAX_32, zip64=Zip64())
    ),
    "zip64-in-an-entry": build(
        [Entry("event", EVENT_BYTES, **zip64_sizes(len(EVENT_BYTES), len(EVENT_BYTES)))]
    ),
    "other-extra-fields": build(
        [Entry("event", EVENT_BYTES, extra=b"UT\x05\x00\x01abcd" + b"\x00\x00")]
    ),
    "streamed": streamed(),
    "streamed-zip64": with_forced_zip64(),
    "ours": ours(),
}


@pytest.mark.parametrize("form", FORMS)
def test_it_is_read(form: str) -> None:
    assert read(FORMS[form]).event.values["name"] == "Lake Days"


def test_names_that_are_not_marked_as_utf_8() -> None:
    event = Entry("event", as_bytes({**EVENT, "logo_url": "/images/Grüße.png"}), flags=0)
    utf_8 = build([event, Entry("images/Grüße.png", flags=0)])
    dos = build([event, Entry("images/Grüße.png".encode("cp437"), flags=0)])

    assert read(utf_8).event.media == read(dos).event.media != {}


def test_each_limit_is_inclusive() -> None:
    archive = build([Entry("event", EVENT_BYTES), Entry("a/b/c", b"")])
    directory = 2 * 46 + 10

    limits = Limits(
        entries=2,
        name_bytes=5,
        depth=2,
        directory_bytes=directory,
        total_bytes=len(EVENT_BYTES),
        data_bytes=len(EVENT_BYTES),
        row_characters=len(EVENT_BYTES),
    )

    assert read(archive, limits).event.id == 7
