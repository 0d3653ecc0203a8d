"""Every column that could say something of people is classified, and kept back where it must be."""

from itertools import chain
from typing import Any

import pytest
from sqlalchemy import Connection, text

from openevent.adapters.shape import shape_of
from openevent.catalogue import files as contents
from openevent.catalogue.event_tables import EVENT_TABLES
from openevent.catalogue.files import Dialect
from openevent.catalogue.privacy import Privacy
from openevent.catalogue.table import Kind
from openevent.export.dialects.webapp_pictures import PICTURES
from openevent.export.options import Options
from openevent.export.rows.plan import resolve_file
from tests import factories
from tests.catalog import read_schema
from tests.exports import Exported, Shelf, database_at, export
from tests.readers import rows_of

TABLES = sorted({file.table for file in contents.FILES})


def export_full_event(
    connection: Connection, url: str, level: Privacy, dialect: Dialect = Dialect.SERVER
) -> Exported:
    full = factories.make_full_event(connection)
    connection.commit()
    options = Options(privacy=level, dialect=dialect)
    return export(database_at(url), int(full.event["id"]), options, Shelf())


def values(exported: Exported, file: str, column: str) -> list[Any]:
    return [row[column] for row in rows_of(exported.document(file))]


def test_every_text_column_of_an_archive_is_classified(connection: Connection) -> None:
    shape = shape_of(read_schema(connection))

    unclassified = {
        (file.table, column)
        for file in contents.FILES
        for column, kind in resolve_file(
            file, shape, Options(privacy=Privacy.PUBLIC)
        ).withheld.items()
        if kind is Kind.UNCLASSIFIED
    }

    assert unclassified == set()


def test_only_columns_that_open_event_has_are_classified(connection: Connection) -> None:
    schema = read_schema(connection)

    for table in EVENT_TABLES:
        classified = {*table.open, *chain(*table.withheld.values())}
        assert classified <= schema.columns(table.name)
        assert table.name in TABLES or not classified


def test_no_column_is_both_open_and_closed() -> None:
    for table in EVENT_TABLES:
        classified = [*table.open, *chain(*table.withheld.values())]
        assert len(set(classified)) == len(classified)


@pytest.mark.parametrize("level", [Privacy.TEAM, Privacy.PUBLIC])
def test_an_unclassified_column_is_withheld(
    connection: Connection, database_url: str, level: Privacy
) -> None:
    connection.execute(text("ALTER TABLE speaker ADD COLUMN shoe_size varchar DEFAULT '44'"))
    connection.execute(text("ALTER TABLE speaker ADD COLUMN shoes integer DEFAULT 2"))

    exported = export_full_event(connection, database_url, level)

    assert values(exported, "speakers", "shoe_size") == [None]
    assert values(exported, "speakers", "shoes") != [None]
    assert {"file": "speakers", "field": "shoe_size", "reason": "unclassified"} in (
        exported.document("manifest.json")["withheld"]
    )


def test_a_full_archive_keeps_nothing_back(connection: Connection, database_url: str) -> None:
    exported = export_full_event(connection, database_url, Privacy.FULL)

    assert exported.document("manifest.json")["withheld"] == []
    assert exported.document("manifest.json")["requested_by"] == "owner@example.org"
    empty = {
        (name, key)
        for name in exported.data_files
        for row in rows_of(exported.document(name))
        for key, value in row.items()
        if value is None and key != "deleted_at"
    }
    assert empty == set()


def test_a_teams_archive_has_no_payment_and_bank_details(
    connection: Connection, database_url: str
) -> None:
    exported = export_full_event(connection, database_url, Privacy.TEAM)

    assert exported.document("manifest.json")["withheld"] == [
        {"file": "event", "field": "bank_details", "reason": "payment"},
        {"file": "event", "field": "cheque_details", "reason": "payment"},
        {"file": "event", "field": "invoice_details", "reason": "payment"},
        {"file": "event", "field": "onsite_details", "reason": "payment"},
        {"file": "event", "field": "paypal_email", "reason": "payment"},
        {"file": "taxes", "field": "invoice_footer", "reason": "payment"},
        {"file": "taxes", "field": "tax_id", "reason": "payment"},
    ]
    event = exported.document("event")
    assert {key for key, value in event.items() if value is None} == {
        *("bank_details", "cheque_details", "deleted_at", "invoice_details", "onsite_details"),
        "paypal_email",
    }
    assert values(exported, "speakers", "email") != [None]
    assert len(exported.document("roles")) == 1


def test_a_public_archive_has_keys_without_what_is_nobodys_business(
    connection: Connection, database_url: str
) -> None:
    exported = export_full_event(connection, database_url, Privacy.PUBLIC)

    assert {
        (name, key)
        for name in exported.data_files
        for row in rows_of(exported.document(name))
        for key, value in row.items()
        if value is None and key != "deleted_at"
    } == {
        (table.file.name, column)
        for table in EVENT_TABLES
        if table.never_public is None
        for column in chain(*table.withheld.values())
    }
    assert [exported.document(name) for name in ("roles", "discount_codes")] == [[], []]
    assert exported.document("discount_codes_tickets") == []
    assert exported.document("manifest.json")["requested_by"] is None


def test_a_public_archive_has_only_rows_that_are_published(
    connection: Connection, database_url: str
) -> None:
    event = factories.make_event(connection)
    given, waiting, idle = (
        factories.make_speaker(connection, event, name=name) for name in ("Ada", "Bo", "Cy")
    )
    shown = factories.make_session(connection, event, given)
    hidden = factories.make_session(connection, event, given, waiting, state="pending")
    factories.make_session(connection, event, idle, state="rejected")
    factories.insert(
        connection,
        "sessions_speakers_links",
        event_id=event["id"],
        session_id=hidden["id"],
        speaker_id=given["id"],
    )
    for is_hidden in (True, False, None):
        factories.make_ticket(connection, event, is_hidden=is_hidden, name=f"hidden: {is_hidden}")
    for status in ("pending", "accepted"):
        factories.insert(connection, "exhibitors", event_id=event["id"], status=status, name=status)
    for kind in ("private", "public"):
        factories.insert(
            connection, "speakers_calls", event_id=event["id"], privacy=kind, announcement=kind
        )
    connection.commit()

    exported = export(
        database_at(database_url), int(event["id"]), Options(privacy=Privacy.PUBLIC), Shelf()
    )

    assert values(exported, "sessions", "id") == [shown["id"]]
    assert values(exported, "speakers", "name") == ["Ada"]
    assert exported.document("speakers_sessions") == [
        {"speaker_id": given["id"], "session_id": shown["id"]}
    ]
    assert exported.document("sessions_speakers_links") == []
    assert values(exported, "tickets", "name") == ["hidden: False", "hidden: None"]
    assert values(exported, "exhibitors", "name") == ["accepted"]
    assert values(exported, "speakers_calls", "announcement") == ["public"]


def test_where_the_state_of_sessions_is_unknown_a_public_archive_has_none(
    connection: Connection, database_url: str
) -> None:
    connection.execute(text("ALTER TABLE sessions DROP COLUMN state"))

    exported = export_full_event(connection, database_url, Privacy.PUBLIC)

    assert [exported.document(name) for name in ("sessions", "speakers")] == [[], []]


@pytest.mark.parametrize("level", Privacy)
def test_an_archive_for_web_apps_has_nothing_that_they_would_publish(
    connection: Connection, database_url: str, level: Privacy
) -> None:
    exported = export_full_event(connection, database_url, level, Dialect.WEBAPP)

    documents = {name: body for name, body in exported.files.items() if name not in PICTURES}
    assert sorted(documents) == [
        *("event", "forms", "manifest.json", "meta", "microlocations", "session_types"),
        *("sessions", "speakers", "sponsors", "tracks"),
    ]
    assert b"@" not in b"".join(documents.values())
    # The other files are the same in all archives.
    assert exported.files == {**documents, **PICTURES}
