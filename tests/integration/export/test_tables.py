"""Tables of archives: the old server's columns, what users missed, privacy, foreign readers."""

import csv
import io
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, text

from local import sample
from openevent.catalogue.privacy import Privacy
from openevent.export.options import Options
from openevent.tables.definitions import TABLES
from tests.database import Server, engine, new_database
from tests.exports import MEDIA, Exported, Shelf, database_at, export
from tests.factories import insert, make_event, make_full_event, make_session, make_speaker
from tests.readers import rows_of
from tests.tables import (
    Table,
    assert_equal,
    assert_valid,
    begun_formulas,
    sheets_in,
    tables_in,
)

DOCUMENT = Path(__file__).parents[3] / "docs" / "tables.md"
NINE, TEN = (datetime(2027, 3, 27, hour, tzinfo=UTC) for hour in (9, 10))


def column(table: Table, header: str) -> list[str]:
    place = table[0].index(header)
    return [row[place] for row in table[1:]]


@pytest.fixture(scope="module")
def sample_url(postgres: Server) -> Iterator[tuple[str, int]]:
    with new_database(postgres) as url:
        with engine(url).connect() as connection:
            event = sample.load(connection, Shelf().put, MEDIA)
            connection.commit()
        yield url, event.id


@pytest.fixture(scope="module")
def sampled(sample_url: tuple[str, int]) -> Exported:
    url, event_id = sample_url
    return export(database_at(url), event_id, Options(), Shelf())


def tables_of(url: str, event_id: object, **options: Any) -> dict[str, Table]:  # noqa: ANN401
    made = export(database_at(url), int(str(event_id)), Options(**options), Shelf())
    assert_valid(made.files)
    return tables_in(made.files)


# The old server's files (what it writes, by its columns), as an oracle of its own.

SESSIONS_THEN = """
SELECT s.id, s.title, s.state, s.starts_at, s.ends_at, s.created_at, s.short_abstract,
  s.long_abstract, s.comments, s.is_mail_sent, s.level, s.language, s.slides_url, s.audio_url,
  s.video_url, s.average_rating, s.rating_count, t.name track, k.name kind, k.length
FROM sessions s LEFT JOIN tracks t ON t.id = s.track_id
LEFT JOIN session_types k ON k.id = s.session_type_id
WHERE s.event_id = :id AND s.deleted_at IS NULL"""


def then(moment: datetime | None, zone: str) -> str:
    return "" if moment is None else f"{moment.astimezone(ZoneInfo(zone)):%B %-d, %Y %H:%M %z}"


def now(moment: str, zone: str) -> str:
    """A time of ours in the old server's form."""
    if not moment:
        return ""
    read = datetime.strptime(moment, "%Y-%m-%d %H:%M:%S").replace(tzinfo=ZoneInfo(zone))
    return f"{read:%B %-d, %Y %H:%M %z}"


def stripped(html: str | None) -> str:
    return unescape(re.sub(r"<[^>]*>", "", html or "")).strip()


def test_sessions_have_the_old_server_s_values_but_for_its_defects(
    sample_url: tuple[str, int], sampled: Exported
) -> None:
    url, event_id = sample_url
    table = tables_in(sampled.files)["sessions"]
    assert table[0][:21] == [
        *("Session Title", "Session Starts At", "Session Ends At", "Session Speakers"),
        *("Speaker Emails", "Session Track", "Session Abstract Short", "Session Abstract Long"),
        *("Comment", "Created At", "Email Sent", "Level", "Status", "Session Type", "Talk Length"),
        *("Language", "Slides", "Audio", "Video", "Average Rating", "Number of Ratings"),
    ]
    with engine(url).connect() as connection:
        found = connection.execute(text(SESSIONS_THEN), {"id": event_id}).mappings().all()
        people = connection.execute(
            text(
                "SELECT l.session_id, p.name, p.email FROM speakers_sessions l JOIN speaker p"
                " ON p.id = l.speaker_id WHERE p.deleted_at IS NULL"
            )
        ).all()
    ours = {row["ID"]: row for row in (dict(zip(table[0], r, strict=True)) for r in table[1:])}
    assert len(ours) == len(found) >= 60
    for row in found:
        one = ours[str(row["id"])]
        zone = one["Time Zone"]
        assert zone == "Asia/Kathmandu"
        assert f"{one['Session Title']} ({one['Status']})" == f"{row['title']} ({row['state']})"
        for header, name in (("Session Starts At", "starts_at"), ("Session Ends At", "ends_at")):
            assert now(one[header], zone) == then(row[name], zone)
        assert now(one["Created At"], zone) == then(row["created_at"], zone)
        pairs = {(name, email or "") for id_, name, email in people if id_ == row["id"]}
        names, emails = (
            one[header].split("; ") if one[header] else []
            for header in ("Session Speakers", "Speaker Emails")
        )
        assert set(zip(names, emails, strict=True)) == pairs
        assert {
            "Session Track": row["track"] or "",
            "Session Abstract Short": stripped(row["short_abstract"]),
            "Session Abstract Long": stripped(row["long_abstract"]),
            "Comment": stripped(row["comments"]),
            "Email Sent": "Yes" if row["is_mail_sent"] else "No",
            "Level": row["level"] or "",
            "Session Type": row["kind"] or "",
            "Talk Length": row["length"] or "",
            "Language": row["language"] or "",
            "Slides": row["slides_url"] or "",
            "Audio": row["audio_url"] or "",
            "Video": row["video_url"] or "",
            "Average Rating": str(row["average_rating"]),
            "Number of Ratings": str(row["rating_count"]),
        }.items() <= one.items()


def test_speakers_have_the_old_server_s_values_but_for_its_defects(
    sample_url: tuple[str, int], sampled: Exported
) -> None:
    url, event_id = sample_url
    table = tables_in(sampled.files)["speakers"]
    assert table[0][:16] == [
        *("Speaker Name", "Speaker Email", "Speaker Session(s)", "Speaker Mobile", "Speaker Bio"),
        *("Speaker Organisation", "Speaker Position", "Speaker Experience"),
        *("Speaker Sponsorship Required", "Speaker City", "Speaker Country", "Speaker Website"),
        *("Speaker Twitter", "Speaker Facebook", "Speaker Github", "Speaker LinkedIn"),
    ]
    with engine(url).connect() as connection:
        found = connection.execute(
            text("SELECT * FROM speaker WHERE event_id = :id AND deleted_at IS NULL"),
            {"id": event_id},
        ).mappings()
        sessions = connection.execute(
            text(
                "SELECT l.speaker_id, s.title || ' (' || s.state || ')' FROM speakers_sessions l"
                " JOIN sessions s ON s.id = l.session_id WHERE s.deleted_at IS NULL"
            )
        ).all()
        ours = {row["ID"]: row for row in (dict(zip(table[0], r, strict=True)) for r in table[1:])}
        for row in found:
            one = ours[str(row["id"])]
            titles = {title for id_, title in sessions if id_ == row["id"]}
            assert set(filter(None, one["Speaker Session(s)"].split("; "))) == titles
            assert one["Speaker Bio"] == stripped(row["short_biography"])
            for name in (
                *("name", "email", "mobile", "organisation", "position", "city", "country"),
                *("website", "twitter", "facebook", "github", "sponsorship_required"),
            ):
                shown = one[f"Speaker {name.replace('_', ' ').title()}"]
                assert shown.removeprefix("'") == (row[name] or ""), name


def test_foreign_readers_agree(sampled: Exported) -> None:
    assert_valid(sampled.files)
    for table, sheet in zip(
        tables_in(sampled.files).values(), sheets_in(sampled.files), strict=True
    ):
        assert_equal(table, sheet)


@pytest.mark.skipif(
    shutil.which("soffice") is None,
    reason="LibreOffice is missing: apt-get install libreoffice-calc-nogui",
)
def test_libreoffice_opens_the_workbook_with_the_same_values(
    sampled: Exported, tmp_path: Path
) -> None:
    (data,) = (data for name, data in sampled.files.items() if name.endswith(".xlsx"))
    (tmp_path / "event.xlsx").write_bytes(data)
    # Commas, double quotes, UTF-8, shown values, and all sheets.
    form = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1"
    subprocess.run(
        [
            *("soffice", f"-env:UserInstallation=file://{tmp_path}/profile", "--headless"),
            *("--convert-to", form, "--outdir", str(tmp_path), str(tmp_path / "event.xlsx")),
        ],
        check=True,
        capture_output=True,
        timeout=300,
    )
    titles = {table.name: table.title for table in TABLES}
    for name, table in tables_in(sampled.files).items():
        opened = (tmp_path / f"event-{titles[name]}.csv").read_text(encoding="utf-8")
        rows = list(csv.reader(io.StringIO(opened, newline="")))
        assert len(rows) == len(table)
        for ours, theirs in zip(table, rows, strict=True):
            for ours_cell, cell in zip(ours, theirs, strict=True):
                # LibreOffice shows 0.0 as 0.
                assert ours_cell == cell or float(ours_cell) == float(cell)


# What users missed, one test each.


def test_answers_have_columns_under_their_labels_in_the_form_s_order(
    connection: Connection, database_url: str
) -> None:
    event = make_event(connection, timezone="Europe/Berlin")
    for position, (identifier, label) in enumerate(
        [("dietNeeds", "Diet"), ("tshirt", "Size"), ("shoe", "size"), ("lang", "Language")]
    ):
        insert(
            connection,
            "custom_forms",
            event_id=event["id"],
            form="session",
            field_identifier=identifier,
            name=label,
            is_complex=True,
            position=4 - position,
        )
    make_session(
        connection,
        event,
        complex_field_values={"diet_needs": ["=1+1", "vegan"], "tshirt": "L", "shoe": 44},
    )
    connection.commit()
    table = tables_of(database_url, event["id"])["sessions"]
    assert table[0][-4:] == ["Language (2)", "size", "Size (2)", "Diet"]
    assert table[1][-4:] == ["", "44", "L", "'=1+1; vegan"]


def test_a_session_has_its_room_duration_slides_and_all_speakers(
    connection: Connection, database_url: str
) -> None:
    event = make_event(connection, timezone="Europe/Berlin")
    room = insert(connection, "microlocations", event_id=event["id"], name="Main hall")
    ada, bo, cy = (
        make_speaker(connection, event, name=name, email=email)
        for name, email in (("Ada", "ada@example.org"), ("Bo", None), ("Cy", "cy@example.org"))
    )
    make_session(
        connection,
        event,
        *(cy, ada, bo),
        title="A talk",
        state="accepted",
        starts_at=NINE,
        ends_at=TEN,
        microlocation_id=room["id"],
        submitted_at=NINE,
        slides_url="https://example.org/a.pdf",
        slides=[{"name": "Deck", "link": "https://example.org/deck.pdf"}, {"link": "https://b.c"}],
    )
    connection.commit()
    table = tables_of(database_url, event["id"])["sessions"]
    (row,) = (dict(zip(table[0], one, strict=True)) for one in table[1:])
    assert {
        "Session Title": "A talk",
        "Status": "accepted",
        "Session Starts At": "2027-03-27 10:00:00",
        "Time Zone": "Europe/Berlin",
        "Duration in Minutes": "60",
        "Session Room": "Main hall",
        "Submitted At": "2027-03-27 10:00:00",
        "Session Speakers": "Ada; Bo; Cy",
        "Speaker Emails": "ada@example.org; ; cy@example.org",
        "Slides": "https://example.org/a.pdf",
        "All Slides": "Deck (https://example.org/deck.pdf); https://b.c",
    }.items() <= row.items()


def test_no_cell_of_a_hostile_event_is_a_formula(connection: Connection, database_url: str) -> None:
    hostile = '=HYPERLINK("http://x")'
    full = make_full_event(connection, 2)
    for source in ("sessions", "speaker", "sponsors", "tracks", "microlocations", "faq", "tickets"):
        names = connection.execute(
            text(
                "SELECT column_name FROM information_schema.columns WHERE table_name = :table"
                " AND data_type IN ('character varying', 'text')"
                " AND column_name NOT IN ('state', 'form_id', 'badge_id')"
            ),
            {"table": source},
        ).scalars()
        values = ", ".join(f'"{name}" = :value || id' for name in names)
        connection.execute(text(f"UPDATE {source} SET {values}"), {"value": hostile})  # noqa: S608
    connection.commit()
    made = export(database_at(database_url), int(full.event["id"]), Options(excel=True), Shelf())
    assert_valid(made.files)
    for table, sheet in zip(tables_in(made.files).values(), sheets_in(made.files), strict=True):
        assert_equal(table, sheet)
        assert begun_formulas(table) == []
    assert "'=HYPERLINK" in made.files["tables/sessions.csv"].decode("utf-8-sig")


# Privacy


@pytest.mark.parametrize("privacy", Privacy)
def test_tables_show_no_more_than_the_data_files(
    sample_url: tuple[str, int], privacy: Privacy
) -> None:
    url, event_id = sample_url
    made = export(database_at(url), event_id, Options(privacy=privacy), Shelf())
    tables = tables_in(made.files)
    shown = json.dumps([made.document(name) for name in made.data_files], ensure_ascii=False)
    addresses = set(re.findall(r"[\w.+-]+@[\w-]+\.[\w.]+", shown))
    found = set(re.findall(r"[\w.+-]+@[\w-]+\.[\w.]+", str(tables)))
    assert found <= addresses
    assert ("team" in tables) == (privacy is not Privacy.PUBLIC)
    for name, file in (("sessions", "sessions"), ("speakers", "speakers"), ("faqs", "faqs")):
        ids = {str(row["id"]) for row in rows_of(made.document(file))}
        assert set(column(tables[name], "ID")) == ids
    if privacy is Privacy.PUBLIC:
        withheld = {"Speaker Emails", "Comment", "Average Rating", "Number of Ratings"}
        assert not withheld & set(tables["sessions"][0])
        assert not {"Speaker Email", "Speaker Mobile", "Speaker Address", "Speaker Gender"} & set(
            tables["speakers"][0]
        )


def test_the_columns_are_described() -> None:
    described = dict(
        re.findall(r"^\| (\w+) \| ((?:[^|]+, )+[^|]+) \|$", DOCUMENT.read_text(), re.MULTILINE)
    )
    for table in TABLES:
        assert described[table.name].split(", ") == [column.header for column in table.columns]
