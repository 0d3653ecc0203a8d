"""Build an archive with plain code: `python -m bench.export_plain DATABASE_URL`.

Rows as SQLAlchemy ORM objects, `json.dumps(indent=4)`, one media file after another, and
`shutil.make_archive`: a first implementation, similar to that of the Open Event server.
"""

import json
import shutil
import sys
import tempfile
import time
import urllib.request
from datetime import datetime
from pathlib import Path

from sqlalchemy import MetaData, create_engine
from sqlalchemy.orm import Query, Session, registry

from bench.measure import report
from openevent.adapters.credentials import Credentials
from openevent.catalogue.files import FILES, key_order

FOLDERS = {"photo_url": "images/speakers"}


def main(database_url: str) -> None:
    """Build the archive of event 1 with its speakers' photos and report the time."""
    engine = create_engine(
        "postgresql+pg8000://", creator=Credentials.from_url(database_url).connect
    )
    metadata = MetaData()
    metadata.reflect(engine)
    models = {file: type(file.table, (), {}) for file in FILES if file.event_column is not None}
    for file, model in models.items():
        registry().map_imperatively(model, metadata.tables[file.table])
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as directory, Session(engine) as session:
        folder = Path(directory, "event1")
        folder.mkdir()
        for file, model in models.items():
            table = metadata.tables[file.table]
            columns = frozenset(table.columns.keys())
            keys = [key for key in key_order(file, columns) if key in columns]
            rows_of: Query[object] = session.query(model).filter(
                table.c[str(file.event_column)] == 1
            )
            rows = [{key: _value(getattr(row, key)) for key in keys} for row in rows_of]
            for row in rows:
                _fetch(folder, row)
            (folder / file.name).write_text(
                json.dumps(rows[0] if file.single else rows, indent=4, ensure_ascii=False)
            )
        shutil.make_archive(str(folder), "zip", folder)
    report(time.perf_counter() - started)


def _value(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value


def _fetch(folder: Path, row: dict[str, object]) -> None:
    for column, place in FOLDERS.items():
        address = row.get(column)
        if isinstance(address, str):
            with urllib.request.urlopen(address) as answer:  # noqa: S310 - the benchmark's own
                content = answer.read()
            path = folder / place / f"{row['id']}.jpg"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            row[column] = f"/{place}/{row['id']}.jpg"


if __name__ == "__main__":
    main(*sys.argv[1:])
