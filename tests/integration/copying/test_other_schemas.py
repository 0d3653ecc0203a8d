"""Copies in databases of other versions of Open Event: nothing is lost in silence."""

import logging
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection

from openevent.copying.answer import CopyAnswer
from openevent.copying.request import CopyRequest
from openevent.errors import Conflict, Unavailable
from openevent.rights.identity import Claims
from tests import factories
from tests.factories import FullEvent
from tests.integration.copying.conftest import ADDRESS, Copying


@pytest.fixture
def full(connection: Connection) -> FullEvent:
    """An event with a media file in the bucket, so that the bucket is no cause of a warning."""
    logo = {"logo_url": f"{ADDRESS}/events/1/logo.png"}
    return factories.make_full_event(connection, 2, {"sponsors": logo})


def test_columns_of_a_later_version_are_copied(copying: Copying, full: FullEvent) -> None:
    copying.run("ALTER TABLE tickets ADD COLUMN allowed_in text, ADD COLUMN seller_id integer "
                "REFERENCES users(id), ADD COLUMN tags text[], ADD COLUMN doubled float8 "
                "GENERATED ALWAYS AS (price * 2) STORED")  # fmt: skip
    copying.run('ALTER TABLE events ADD COLUMN "Motto; DROP" jsonb')
    seller = full.owner["id"]
    copying.run("UPDATE tickets SET allowed_in = name, seller_id = :id, tags = '{a,b}'", id=seller)
    copying.run("""UPDATE events SET "Motto; DROP" = '{"a": 1}'""")
    answer = copying.in_a_new_process().copy(full.event, full.owner)
    assert answer["warnings"] == []
    assert [
        (row["allowed_in"], row["seller_id"], row["tags"], row["doubled"])
        for row in copying.rows("tickets", answer["id"])
    ] == [(row["name"], seller, ["a", "b"], row["price"] * 2) for row in full.rows["tickets"]]
    assert copying.event(answer["id"])["Motto; DROP"] == {"a": 1}


def test_a_new_reference_within_the_event_is_mapped(copying: Copying, full: FullEvent) -> None:
    copying.run("ALTER TABLE tickets ADD COLUMN room_id integer REFERENCES microlocations(id)")
    copying.run("UPDATE tickets SET room_id = (SELECT min(id) FROM microlocations)")
    answer = copying.in_a_new_process().copy(full.event, full.owner)
    (first, _) = copying.rows("microlocations", answer["id"])
    assert [row["room_id"] for row in copying.rows("tickets", answer["id"])] == [first["id"]] * 2


def test_a_new_reference_to_itself_is_mapped(copying: Copying, full: FullEvent) -> None:
    copying.run("ALTER TABLE tracks ADD COLUMN parent_id integer REFERENCES tracks(id)")
    copying.run("UPDATE tracks SET parent_id = (SELECT max(id) FROM tracks)")
    answer = copying.in_a_new_process().copy(full.event, full.owner)
    (_, last) = copying.rows("tracks", answer["id"])
    assert [row["parent_id"] for row in copying.rows("tracks", answer["id"])] == [last["id"]] * 2


def test_a_new_reference_to_a_later_table_is_mapped(copying: Copying, full: FullEvent) -> None:
    copying.run("ALTER TABLE custom_forms ADD COLUMN tag_id integer REFERENCES tags(id)")
    copying.run("UPDATE custom_forms SET tag_id = (SELECT min(id) FROM tags)")
    answer = copying.in_a_new_process().copy(full.event, full.owner)
    (first, _) = copying.rows("tags", answer["id"])
    forms = copying.rows("custom_forms", answer["id"])
    assert [row["tag_id"] for row in forms] == [first["id"]] * 2


def test_a_new_reference_to_an_order_is_null_and_said(copying: Copying, full: FullEvent) -> None:
    copying.run("ALTER TABLE tickets ADD COLUMN first_order integer REFERENCES orders(id)")
    copying.run("UPDATE tickets SET first_order = (SELECT min(id) FROM orders)")
    answer = copying.in_a_new_process().copy(full.event, full.owner)
    assert {row["first_order"] for row in copying.rows("tickets", answer["id"])} == {None}
    assert answer["warnings"] == [
        {"code": "reference-unknown", "table": "tickets", "column": "first_order"}
    ]


def test_an_edition_of_another_event_stays_one(copying: Copying, full: FullEvent) -> None:
    copying.run("ALTER TABLE events ADD COLUMN edition_of integer REFERENCES events(id)")
    first = copying.in_a_new_process().copy(full.event, full.owner)["id"]
    copying.run("UPDATE events SET edition_of = :first WHERE id = :id", first=first,
                id=full.event["id"])  # fmt: skip
    second = copying.in_a_new_process().copy(full.event, full.owner)["id"]
    assert copying.event(second)["edition_of"] == first


def test_a_column_that_must_be_unique_is_skipped_and_said(
    copying: Copying, full: FullEvent
) -> None:
    copying.run("ALTER TABLE events ADD COLUMN slug text UNIQUE, ADD COLUMN short text")
    copying.run("CREATE UNIQUE INDEX one_short ON events (short)")
    copying.run("UPDATE events SET slug = 'fossasia', short = 'f'")
    answer = copying.in_a_new_process().copy(full.event, full.owner)
    assert answer["warnings"] == [
        {"code": "column-unique", "table": "events", "column": column}
        for column in ("short", "slug")
    ]
    assert copying.event(answer["id"])["slug"] is None


def test_a_new_table_of_events_is_warned_of(
    copying: Copying, full: FullEvent, caplog: pytest.LogCaptureFixture
) -> None:
    copying.run("CREATE TABLE prizes (id serial PRIMARY KEY, event_id integer "
                "REFERENCES events(id), name text)")  # fmt: skip
    copying.run("INSERT INTO prizes (event_id, name) SELECT id, 'Best talk' FROM events")
    with caplog.at_level(logging.WARNING):
        answer = copying.in_a_new_process().copy(full.event, full.owner)
    assert answer["warnings"] == [{"code": "table-unknown", "table": "prizes", "column": None}]
    assert answer["rows"]["tickets"] == 2


@pytest.mark.parametrize(
    "table", ["station", "custom_forms", "discount_codes", "groups", "sessions_speakers_links"]
)
def test_a_table_that_is_missing_is_skipped(copying: Copying, full: FullEvent, table: str) -> None:
    copying.run(f'DROP TABLE "{table}" CASCADE')
    answer = copying.in_a_new_process().copy(full.event, full.owner, {"include": ["sessions"]})
    assert table not in answer["rows"]
    assert answer["rows"]["tickets"] == 2
    assert answer["warnings"] == []


def test_columns_that_are_missing_are_skipped(copying: Copying, full: FullEvent) -> None:
    copying.run("ALTER TABLE speakers_calls DROP COLUMN hash, DROP COLUMN soft_ends_at")
    copying.run("ALTER TABLE sponsors DROP COLUMN logo_url, DROP COLUMN deleted_at")
    copying.run("ALTER TABLE events DROP COLUMN is_announced, DROP COLUMN document_links")
    copying.run("ALTER TABLE faq DROP COLUMN faq_type_id")
    answer = copying.in_a_new_process().copy(
        full.event, full.owner, {"starts_at": "2030-01-01T00:00:00Z"}
    )
    assert {answer["rows"][table] for table in ("speakers_calls", "sponsors", "faq")} == {2}


def test_ids_of_another_kind_of_sequence(copying: Copying, full: FullEvent) -> None:
    copying.run("ALTER TABLE tracks ALTER COLUMN id DROP DEFAULT")
    copying.run("DROP SEQUENCE tracks_id_seq")
    copying.run("ALTER TABLE tracks ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY "
                "(START WITH 5000)")  # fmt: skip
    answer = copying.in_a_new_process().copy(full.event, full.owner)
    assert [row["id"] for row in copying.rows("tracks", answer["id"])] == [5000, 5001]


def test_10_ids_that_are_always_generated(copying: Copying, full: FullEvent) -> None:
    copying.run("ALTER TABLE tracks ALTER COLUMN id DROP DEFAULT")
    copying.run("DROP SEQUENCE tracks_id_seq")
    copying.run("ALTER TABLE tracks ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY "
                "(START WITH 5000)")  # fmt: skip
    copying.run("ALTER TABLE tickets ADD COLUMN number integer GENERATED ALWAYS AS IDENTITY")
    answer = copying.in_a_new_process().copy(full.event, full.owner)
    assert [row["id"] for row in copying.rows("tracks", answer["id"])] == [5000, 5001]
    assert [row["number"] for row in copying.rows("tickets", answer["id"])] == [3, 4]
    assert answer["warnings"] == []


@pytest.mark.parametrize("type_", ["text", "varchar(36)", "citext"])
@pytest.mark.parametrize("table", ["events", "tickets"])
def test_10_a_text_that_must_be_unique_and_given_gets_a_new_one(
    copying: Copying, full: FullEvent, table: str, type_: str
) -> None:
    copying.run(f"ALTER TABLE {table} ADD COLUMN slug {type_}")
    copying.run(f"UPDATE {table} SET slug = 'paper-boats-' || id")  # noqa: S608
    copying.run(f"ALTER TABLE {table} ALTER COLUMN slug SET NOT NULL, ADD UNIQUE (slug)")
    answer = copying.in_a_new_process().copy(full.event, full.owner)
    assert answer["warnings"] == [{"code": "column-unique", "table": table, "column": "slug"}]
    slugs = [row["slug"] for row in copying.snapshot().rows(table)]
    assert len(set(slugs)) == len(slugs) == (2 if table == "events" else 4)


@pytest.mark.parametrize("type_", ["varchar(35)", "integer"])
def test_10_a_value_that_cannot_be_made_is_named(
    copying: Copying, full: FullEvent, type_: str
) -> None:
    for table in ("events", "tickets"):
        copying.run(f"ALTER TABLE {table} ADD COLUMN code {type_}")
        copying.run(f"UPDATE {table} SET code = id")  # noqa: S608
        copying.run(f"ALTER TABLE {table} ALTER COLUMN code SET NOT NULL, ADD UNIQUE (code)")
    with pytest.raises(Unavailable, match=r"events\.code") as refused:
        copying.in_a_new_process().copy(full.event, full.owner)
    assert refused.value.code == "database-unsuitable"
    copying.run("ALTER TABLE events DROP COLUMN code")
    answer = copying.in_a_new_process().copy(full.event, full.owner)
    assert answer["warnings"] == [
        {"code": "column-not-copyable", "table": "tickets", "column": "code"}
    ]
    assert "tickets" not in answer["rows"]


def test_10_an_index_on_an_expression_is_a_refusal_that_names_it(
    copying: Copying, full: FullEvent
) -> None:
    copying.run("CREATE UNIQUE INDEX one_name ON events (lower(name))")
    with pytest.raises(Conflict, match="one_name") as refused:
        copying.in_a_new_process().copy(full.event, full.owner, {"keep_name": True})
    assert refused.value.code == "copy-refused"
    answer = copying.in_a_new_process().copy(full.event, full.owner, {"name": "Another"})
    assert answer["copied"] is True


@pytest.mark.parametrize(
    "column", ["group_id", "timezone", "starts_at", "deleted_at", "name", "discount_code_id"]
)
def test_10_a_column_of_the_event_that_is_missing(
    copying: Copying, full: FullEvent, column: str
) -> None:
    copying.run(f"ALTER TABLE events DROP COLUMN {column} CASCADE")
    answer = copying.in_a_new_process().copy(full.event, full.owner)
    assert answer["rows"]["tickets"] == 2
    body = {"starts_at": "2030-01-01T00:00:00Z"}
    if column in ("timezone", "starts_at"):
        with pytest.raises(Conflict) as refused:
            copying.copy(full.event, full.owner, body)
        assert refused.value.code == "dates-not-movable"
    else:
        assert copying.copy(full.event, full.owner, body)["dates"] != []


@pytest.mark.parametrize(("column", "body"), [("identifier", {}), ("name", {"name": "Next"})])
def test_10_a_column_that_a_copy_needs_is_named(
    copying: Copying, full: FullEvent, column: str, body: dict[str, object]
) -> None:
    copying.run(f"ALTER TABLE events DROP COLUMN {column} CASCADE")
    with pytest.raises(Unavailable, match=rf"events\.{column}") as refused:
        copying.in_a_new_process().copy(full.event, full.owner, body)
    assert refused.value.code == "database-unsuitable"


@pytest.mark.parametrize(
    "column", ["users.deleted_at", "users.is_admin", "users.is_super_admin", "groups.deleted_at",
               "groups.user_id"],
)  # fmt: skip
def test_10_a_column_about_people_that_is_missing(
    copying: Copying, full: FullEvent, column: str
) -> None:
    table, _, name = column.partition(".")
    copying.run(f"ALTER TABLE {table} DROP COLUMN {name} CASCADE")
    process = copying.in_a_new_process()
    issued_at = datetime.now(UTC) + timedelta(seconds=1)
    answer = CopyAnswer(process.deps, seconds=20, seconds_left=60).answer(
        Claims(full.owner["id"], issued_at), str(full.event["id"]), CopyRequest(), key=None
    )
    assert answer["rows"]["tickets"] == 2
