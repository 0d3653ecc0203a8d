"""Import an archive with plain code: `python -m bench.import_plain DATABASE_URL ARCHIVE`.

Files are unpacked and parsed whole, each row becomes an ORM object and is committed by itself, and
references are looked up in dictionaries: the design of the Open Event server, without its defects.
Of large files only every `SHARE`th row is imported, and the time for them is multiplied by it.
Images are read and given to a service that answers after `S3_SECONDS`, as in `import_ours`.
"""

import json
import sys
import tempfile
import time
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import DateTime, MetaData, Table, create_engine
from sqlalchemy.orm import Session, registry

from bench.imports import S3_SECONDS
from bench.measure import report
from openevent.adapters.credentials import Credentials
from openevent.making.names import new_identifier

FILES = {"tracks": "tracks", "speakers": "speaker", "sessions": "sessions"}

# Of the rows of a file with more than 1,000, every tenth is imported.
SHARE, LARGE = 10, 1_000

DEFAULTS: dict[str, dict[str, object]] = {
    "events": dict.fromkeys(
        (
            *("is_featured", "is_promoted", "is_demoted", "is_chat_enabled"),
            *("is_videoroom_enabled", "is_document_enabled", "show_remaining_tickets"),
            *("is_ticket_form_enabled", "is_billing_info_mandatory"),
        ),
        False,
    ),
}


def main(database_url: str, archive: str) -> None:
    """Import the archive and report the time."""
    engine = create_engine(
        "postgresql+pg8000://", creator=Credentials.from_url(database_url).connect
    )
    metadata = MetaData()
    metadata.reflect(engine, only=["events", *FILES.values(), "speakers_sessions"])
    tables = metadata.tables
    models = {name: type(name, (), {}) for name in ("events", *FILES.values())}
    for name, model in models.items():
        registry().map_imperatively(model, tables[name])
    started = time.perf_counter()
    unmeasured = 0.0
    with tempfile.TemporaryDirectory() as directory, Session(engine) as session:
        with zipfile.ZipFile(archive) as opened:
            opened.extractall(directory)
        event = _add(session, models["events"], tables["events"], {
            **_read(directory, "event"), "identifier": new_identifier(), "state": "draft",
            **DEFAULTS["events"],
        })  # fmt: skip
        ids: dict[str, dict[int, int]] = {}
        for file, table in FILES.items():
            rows = _read(directory, file) if Path(directory, file).exists() else []
            share = SHARE if len(rows) > LARGE else 1
            file_started = time.perf_counter()
            ids[file] = {}
            for row in rows[::share]:
                if "track_id" in row:
                    row["track_id"] = ids["tracks"][row["track_id"]]
                if "photo_url" in row:
                    Path(directory, row["photo_url"][1:]).read_bytes()
                    time.sleep(S3_SECONDS)
                old = row["id"]
                new = _add(session, models[table], tables[table], {**row, "event_id": event})
                ids[file][old] = new
            unmeasured += (time.perf_counter() - file_started) * (share - 1)
        unmeasured += _link(session, tables["speakers_sessions"], directory, ids)
    report(time.perf_counter() - started + unmeasured)


def _link(session: Session, table: Table, directory: str, ids: dict[str, dict[int, int]]) -> float:
    """Link sessions with speakers; return the seconds for links that are not imported."""
    links = (
        _read(directory, "speakers_sessions")
        if Path(directory, "speakers_sessions").exists()
        else []
    )
    known = [
        link
        for link in links
        if link["speaker_id"] in ids["speakers"] and link["session_id"] in ids["sessions"]
    ]
    started = time.perf_counter()
    for link in known:
        session.execute(table.insert().values(
            speaker_id=ids["speakers"][link["speaker_id"]],
            session_id=ids["sessions"][link["session_id"]],
        ))  # fmt: skip
        session.commit()
    seconds = time.perf_counter() - started
    return seconds * (len(links) / len(known) - 1) if known else 0.0


def _read(directory: str, name: str) -> Any:  # noqa: ANN401 - as in the file
    return json.loads(Path(directory, name).read_text())


def _add(session: Session, model: type, table: Table, values: dict[str, Any]) -> int:
    """Insert a row; return its id."""
    row: Any = model()
    for name, value in values.items():
        if name in table.c and name != "id":
            is_moment = isinstance(table.c[name].type, DateTime)
            setattr(row, name, datetime.fromisoformat(value) if is_moment and value else value)
    session.add(row)
    session.commit()
    return int(row.id)


if __name__ == "__main__":
    main(*sys.argv[1:])
