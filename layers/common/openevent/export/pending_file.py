"""A data file whose media files are not fetched yet."""

import json
from collections.abc import Iterator
from typing import IO, Any

from openevent.catalogue.files import DataFile
from openevent.export.rows.file_rows import media_of
from openevent.export.rows.row import Row
from openevent.media.requested import RequestedMedia

# Bytes that are read from disk at a time.
READ_AHEAD = 1 << 16

_encode = json.JSONEncoder(ensure_ascii=False).encode
_decode = json.JSONDecoder().raw_decode


class PendingFile:
    """The rows of a data file, and the media files that they request, each on disk.

    Both can be read several times, at several places at a time.
    """

    def __init__(self, file: DataFile, rows: IO[bytes], requested: IO[bytes]) -> None:
        """`rows` and `requested` are empty files."""
        self.file = file
        self.media_count = 0
        self._row_count = 0
        self._rows = rows
        self._requested = requested

    def add(self, row: Row) -> None:
        """Append a row."""
        self._row_count += 1
        _write_line(self._rows, row.fields())
        for media in media_of(self.file, row):
            self.media_count += 1
            fields = (media.field.column, media.row_id, media.row_name, media.address)
            _write_line(self._requested, fields)

    def rows(self) -> Iterator[Row]:
        """Yield the rows."""
        return (Row(*_read_line(line)) for line in _lines(self._rows))

    def requested(self) -> Iterator[RequestedMedia]:
        """Yield the media files that the rows request, in the order of the rows."""
        fields = {field.column: field for field in self.file.media}
        for line in _lines(self._requested):
            column, row_id, row_name, address = _read_line(line)
            yield RequestedMedia(self.file.name, fields[column], row_id, row_name, address)

    def save(self, to: IO[bytes]) -> None:
        """Write it, for `restore` in another process."""
        _write_line(to, (self._row_count, self.media_count))
        to.writelines(_lines(self._rows))
        to.writelines(_lines(self._requested))

    def restore(self, saved: IO[bytes]) -> None:
        """Take over what another process saved; read only its lines from `saved`."""
        self._row_count, self.media_count = json.loads(saved.readline())
        self._rows.writelines(saved.readline() for _ in range(self._row_count))
        self._requested.writelines(saved.readline() for _ in range(self.media_count))

    def close(self) -> None:
        """Remove it from the disk."""
        self._rows.close()
        self._requested.close()


def _write_line(to: IO[bytes], document: object) -> None:
    to.write(_encode(document).encode() + b"\n")


def _read_line(line: bytes) -> Any:  # noqa: ANN401 - JSON
    # A line is ours: its document has no blanks around it.
    return _decode(line.decode())[0]


def _lines(file: IO[bytes]) -> Iterator[bytes]:
    place = 0
    while True:
        file.seek(place)
        lines = file.readlines(READ_AHEAD)
        place = file.tell()
        if not lines:
            return
        yield from lines
