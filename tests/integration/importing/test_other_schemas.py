"""Archives are imported into whatever schema is there, in a constant number of statements."""

import pytest

from openevent.importing.source import RemarkKind
from tests.counting import database_statements, separate
from tests.factories.source import HandMadeArchive, archive, source_row
from tests.integration.importing.conftest import Importing


def programme(sessions: int) -> HandMadeArchive:
    """An archive with that number of sessions, each with a speaker."""
    return archive(
        source_row("tracks", 1, name="Web"),
        *(source_row("speaker", n, name="Ada") for n in range(sessions)),
        *(source_row("sessions", n, title="T", track_id=1) for n in range(sessions)),
        *(source_row("speakers_sessions", speaker_id=n, session_id=n) for n in range(sessions)),
    )


def test_the_number_of_statements_is_the_same_for_any_number_of_rows(importing: Importing) -> None:
    importing.write(programme(1))
    statements = []
    for rows in (1, 3, 1000):
        order, call = importing.order(programme(rows)), importing.call()
        with database_statements() as counted:
            written = importing.deps.write(call, order)
        assert written.rows["sessions"].written == rows
        statements.append(len(separate(counted)))
    assert statements == [statements[0]] * 3
    assert statements[0] < 50


def test_a_schema_with_fewer_tables_and_columns(importing: Importing) -> None:
    importing.run("DROP TABLE speakers_sessions")
    importing.run("ALTER TABLE sessions DROP COLUMN track_id")
    importing = importing.in_a_new_process()
    written = importing.write(programme(2))
    assert len(importing.rows("sessions", written)) == 2
    assert importing.remarks.of(RemarkKind.SKIPPED) == [
        ("table-missing", "speakers_sessions", None, None, 2)
    ]
    rows = written.rows["speakers_sessions"]
    assert (rows.read, rows.written, rows.skipped) == (2, 0, 2)


def test_a_schema_with_more_columns(importing: Importing) -> None:
    for statement in (
        "CREATE TABLE moods (id serial PRIMARY KEY)",
        "INSERT INTO moods DEFAULT VALUES",
        "ALTER TABLE sessions ADD COLUMN mood text, ADD COLUMN is_fun boolean NOT NULL",
        "ALTER TABLE sessions ADD COLUMN weight numeric(8, 2) NOT NULL DEFAULT 7",
        "ALTER TABLE sessions ADD COLUMN twice integer GENERATED ALWAYS AS (7 * 2) STORED",
        "ALTER TABLE sessions ADD COLUMN maker_id integer NOT NULL REFERENCES users(id)",
        "ALTER TABLE sessions ADD COLUMN after_id integer REFERENCES sessions(id)",
        "ALTER TABLE sessions ADD COLUMN mood_id integer REFERENCES moods(id)",
        "ALTER TABLE tracks ADD COLUMN first_id integer REFERENCES sessions(id)",
    ):
        importing.run(statement)
    importing = importing.in_a_new_process()
    written = importing.write(
        archive(
            source_row("tracks", 1, name="Web", first_id=8),
            source_row("sessions", 7, title="A", mood="glad", after_id=8, mood_id=1, weight=None),
            source_row("sessions", 8, title="B", is_fun=True, weight=2.25, twice=3, after_id=7),
        )
    )
    first, second = importing.rows("sessions", written)
    assert [(row["mood"], row["is_fun"], float(row["weight"]), row["twice"], row["mood_id"])
            for row in (first, second)] == [
        ("glad", False, 7.0, 14, None), (None, True, 2.25, 14, None),
    ]  # fmt: skip
    assert first["maker_id"] == second["maker_id"] == importing.user["id"]
    assert (first["after_id"], second["after_id"]) == (second["id"], first["id"])
    assert importing.rows("tracks", written)[0]["first_id"] == second["id"]
    assert ("value-missing", "sessions", 7, "is_fun", 1) in importing.remarks.of(
        RemarkKind.REPAIRED
    )
    assert importing.remarks.of(RemarkKind.NOT_SET) == [("not-set", "sessions", 7, "mood_id", 1)]


def test_a_mandatory_column_that_cannot_be_made_up_skips_the_row(importing: Importing) -> None:
    importing.run("ALTER TABLE tracks ADD COLUMN day date NOT NULL")
    importing = importing.in_a_new_process()
    written = importing.write(programme(1))
    assert importing.rows("tracks", written) == []
    (session,) = importing.rows("sessions", written)
    assert session["track_id"] is None
    assert importing.remarks.of(RemarkKind.SKIPPED) == [("value-required", "tracks", 1, "day", 1)]
    assert importing.remarks.of(RemarkKind.REFERENCE_DROPPED) == [
        ("reference-dropped", "sessions", 0, "track_id", 1)
    ]


@pytest.mark.parametrize("kind", ["ALWAYS", "BY DEFAULT"])
def test_ids_that_are_identities(importing: Importing, kind: str) -> None:
    importing.run("ALTER TABLE sessions ALTER COLUMN id DROP DEFAULT")
    importing.run(f"ALTER TABLE sessions ALTER COLUMN id ADD GENERATED {kind} AS IDENTITY")
    importing = importing.in_a_new_process()
    written = importing.write(programme(3))
    assert len(importing.rows("sessions", written)) == 3
    assert len(importing.query("SELECT * FROM speakers_sessions")) == 3


def test_names_that_need_quotes(importing: Importing) -> None:
    importing.run('ALTER TABLE tracks ADD COLUMN "100%% ""sure""" text')
    importing = importing.in_a_new_process()
    (name,) = [name for name in importing.shape()["tracks"].columns if "sure" in name]
    row = source_row("tracks", 1, name="Web")
    row.values[name] = "yes"
    written = importing.write(archive(row))
    assert importing.rows("tracks", written)[0][name] == "yes"
