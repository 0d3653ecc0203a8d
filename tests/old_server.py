"""The archive that today's server makes of an event, made from the rows of a database.

It has the nine files of the contract, rows that were deleted among them, and media as asked for;
dates that the server has no rule for have a space in them.
"""

import io
import json
import zipfile
from collections.abc import Mapping
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any

from sqlalchemy import Connection, text

from openevent.catalogue.colors import font_color
from openevent.catalogue.files import CONTRACT_FILES, FONT_COLOR, DataFile, key_order
from openevent.media.names import media_stem

_WITH_T = {"starts_at", "ends_at"}

Row = dict[str, Any]


def old_archive(connection: Connection, event_id: int, media: Mapping[str, bytes]) -> bytes:
    """The archive of an event with all its media. `media`: files by the addresses in the rows."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in CONTRACT_FILES:
            rows = [
                _written(file, row, media, archive) for row in _rows(connection, file, event_id)
            ]
            archive.writestr(file.name, _json(rows[0] if file.single else rows))
        archive.writestr("meta", _json({"root_url": "https://server.example.org/"}))
    return made.getvalue()


def _rows(connection: Connection, file: DataFile, event_id: int) -> list[Row]:
    where = "id" if file.single else "event_id"
    found = connection.execute(
        text(f"SELECT * FROM {file.table} WHERE {where} = :id ORDER BY id"),  # noqa: S608
        {"id": event_id},
    )
    return [dict(row) for row in found.mappings()]


def _written(file: DataFile, row: Row, media: Mapping[str, bytes], archive: zipfile.ZipFile) -> Row:
    row = {**row, FONT_COLOR: font_color(row["color"])} if file.font_color_of else dict(row)
    for field in file.media:
        address = str(row.get(field.column))
        if address in media:
            stem = media_stem(field.path, row_id=row["id"], name=row.get("name"))
            path = stem + PurePosixPath(address).suffix
            archive.writestr(path, media[address])
            row[field.column] = f"/{path}"
    keys = key_order(file, frozenset(row))
    return {key: _value(key, row[key]) for key in keys}


def _value(key: str, value: Any) -> Any:  # noqa: ANN401 - whatever a row holds
    if isinstance(value, datetime):
        return value.isoformat() if key in _WITH_T else str(value)
    return value


def _json(content: object) -> str:
    return json.dumps(content, indent=4, ensure_ascii=False)
