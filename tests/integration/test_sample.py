"""The sample event is all there, row for row, and hangs together with its media."""

import re
from collections import Counter
from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, text

from local import sample, schema
from local.sample import SampleEvent, data
from tests import catalog
from tests.counting import statements
from tests.database import Server, engine, new_database
from tests.factories.full_event import tables_of_an_event

MEDIA = "http://127.0.0.1:4566/media"
ROWS = {
    "access_codes": 1,
    "access_codes_tickets": 1,
    "badge_field_forms": 3,
    "badge_forms": 2,
    "custom_form_options": 5,
    "custom_form_translates": 3,
    "custom_forms": 9,
    "discount_codes": 2,
    "discount_codes_tickets": 3,
    "email_notifications": 1,
    "event_copyrights": 1,
    "event_invoices": 1,
    "events": 3,
    "exhibitors": 3,
    "exhibitors_sessions": 2,
    "export_jobs": 1,
    "faq": 5,
    "faq_types": 2,
    "feedback": 2,
    "groups": 1,
    "microlocations": 10,
    "orders": 2,
    "orders_tickets": 2,
    "role_invites": 2,
    "session_types": 5,
    "sessions": 62,
    "sessions_speakers_links": 2,
    "social_links": 4,
    "speaker": 41,
    "speaker_invites": 1,
    "speakers_calls": 1,
    "speakers_sessions": 71,
    "sponsors": 8,
    "station": 3,
    "station_store_paxs": 1,
    "stripe_authorizations": 1,
    "tags": 4,
    "tax": 1,
    "ticket_holders": 3,
    "ticket_tag": 3,
    "ticket_tagging": 4,
    "tickets": 5,
    "tracks": 6,
    "translation_channels": 1,
    "user_check_in": 1,
    "user_favourite_events": 1,
    "user_favourite_sessions": 2,
    "user_system_role": 1,
    "users": 10,
    "users_events_roles": 9,
    "video_recordings": 1,
    "video_stream_moderators": 1,
    "video_streams": 2,
    "virtual_check_in": 1,
}
"""How many rows each table has, deleted ones and those of the two other events included."""

Objects = dict[str, tuple[bytes, str]]


@pytest.fixture(scope="module")
def objects() -> Objects:
    return {}


@pytest.fixture(scope="module")
def connection(postgres: Server) -> Iterator[Connection]:
    """One connection for all of these tests, which only look."""
    with new_database(postgres) as url, engine(url).connect() as connection:
        yield connection


@pytest.fixture(scope="module")
def loaded(connection: Connection, objects: Objects) -> SampleEvent:
    return load(connection, objects)


def load(connection: Connection, objects: Objects) -> SampleEvent:
    def store(key: str, body: bytes, content_type: str) -> None:
        assert key not in objects
        objects[key] = (body, content_type)

    return sample.load(connection, store, MEDIA)


def contents(connection: Connection) -> dict[str, list[str]]:
    """Every row of every table, as text."""
    return {
        table: list(connection.scalars(text(f'SELECT t::text FROM "{table}" t ORDER BY 1')))  # noqa: S608 (our own words)
        for table in catalog.columns(connection)
    }


def count(connection: Connection, rest: str) -> object:
    return connection.scalar(text(f"SELECT count(*) FROM {rest}"))  # noqa: S608 (our own words)


def test_it_has_an_event_with_everything(connection: Connection, loaded: SampleEvent) -> None:
    assert (loaded.id, loaded.identifier, loaded.name) == (1, "b0a7e527", "Paper Boats 2027")
    assert {table: count(connection, f'"{table}"') for table in ROWS} == ROWS


@pytest.mark.usefixtures("loaded")
def test_no_table_of_an_event_is_empty(connection: Connection) -> None:
    tables = tables_of_an_event(catalog.columns(connection))
    assert {table for table in tables if not count(connection, f'"{table}"')} == set()


@pytest.mark.usefixtures("loaded")
def test_the_programme(connection: Connection) -> None:
    states = connection.execute(
        text("""
            SELECT state, count(*) AS number FROM sessions
            WHERE event_id = 1 AND deleted_at IS NULL GROUP BY state
        """)
    )
    assert {row.state: row.number for row in states} == {
        "confirmed": 4,
        "accepted": 44,
        "pending": 6,
        "rejected": 3,
        "withdrawn": 1,
        "canceled": 1,
        "draft": 1,
    }
    assert count(connection, "sessions WHERE deleted_at IS NOT NULL") == 1
    assert count(connection, "speaker WHERE deleted_at IS NOT NULL") == 1
    without_speaker = """
        sessions s WHERE event_id = 1
        AND NOT EXISTS (SELECT FROM speakers_sessions WHERE session_id = s.id)
    """
    assert count(connection, without_speaker) == 0
    outside = """
        sessions s JOIN events e ON e.id = s.event_id
        WHERE s.starts_at < e.starts_at OR s.ends_at > e.ends_at
    """
    assert count(connection, outside) == 0


@pytest.mark.usefixtures("loaded")
def test_no_speaker_and_no_room_is_in_two_places_at_once(connection: Connection) -> None:
    overlap = "a.id < b.id AND a.starts_at < b.ends_at AND b.starts_at < a.ends_at"
    assert (
        count(
            connection,
            f"sessions a JOIN sessions b ON a.microlocation_id = b.microlocation_id AND {overlap}",
        )
        == 0
    )
    assert (
        count(
            connection,
            f"""
            speakers_sessions x JOIN sessions a ON a.id = x.session_id
            JOIN speakers_sessions y ON y.speaker_id = x.speaker_id
            JOIN sessions b ON b.id = y.session_id AND {overlap}
        """,
        )
        == 0
    )


def test_every_address_has_its_object_but_one(
    connection: Connection, loaded: SampleEvent, objects: Objects
) -> None:
    addresses = [
        address
        for column in schema.columns()
        if column.type == "varchar"
        for (address,) in connection.execute(
            text(f'SELECT "{column.name}" FROM "{column.table}" WHERE "{column.name}" IS NOT NULL')  # noqa: S608 (our own words)
        )
        if re.match(r"/events|http://(127|media)", address)
    ]
    relative = [address for address in addresses if address.startswith("/")]
    dead = [address for address in addresses if "invalid" in address]
    ours = {address.removeprefix(MEDIA).removeprefix("/") for address in addresses} - set(dead)
    assert (len(relative), dead) == (2, ["http://media.invalid/portraits/darya.jpg"])
    assert ours == objects.keys()
    assert all(key.startswith(f"events/{loaded.id}/") for key in objects)


@pytest.mark.usefixtures("loaded")
def test_the_media_are_few_and_small(objects: Objects) -> None:
    assert Counter(content_type for _, content_type in objects.values()) == {
        "image/png": 92,
        "application/pdf": 16,
        "audio/wav": 7,
        "video/mp4": 3,
    }
    assert sum(len(body) for body, _ in objects.values()) < 6_000_000


def test_people_have_the_roles_they_are_named_by(
    connection: Connection, loaded: SampleEvent
) -> None:
    given = connection.execute(
        text("""
            SELECT u._email, r.name FROM users_events_roles e
            JOIN users u ON u.id = e.user_id JOIN roles r ON r.id = e.role_id
            WHERE e.event_id = :event
        """),
        {"event": loaded.id},
    )
    assert sorted((email, role) for email, role in given) == sorted(
        (loaded.users[role].email, role)
        for role in (
            "owner",
            "organizer",
            "coorganizer",
            "track_organizer",
            "moderator",
            "registrar",
            "attendee",
        )
    )
    assert loaded.users.keys() >= {"admin", "stranger", "group_organizer"}
    assert count(connection, "users WHERE is_admin") == 1


def test_the_other_events(connection: Connection, loaded: SampleEvent) -> None:
    assert count(connection, f"sessions WHERE event_id = {loaded.empty_event_id}") == 0
    group = (
        f"events e JOIN users_groups_roles r USING (group_id) WHERE e.id = {loaded.group_event_id}"
    )
    assert count(connection, group) == 2
    assert count(connection, f"{group} AND r.accepted") == 1


@pytest.mark.usefixtures("loaded")
@pytest.mark.parametrize(
    "table",
    [
        "access_codes",
        "event_invoices",
        "feedback",
        "orders",
        "role_invites",
        "speaker_invites",
        "stripe_authorizations",
        "ticket_holders",
        "video_stream_moderators",
        "video_streams",
    ],
)
def test_what_must_not_leave_can_be_recognized(connection: Connection, table: str) -> None:
    assert count(connection, f"\"{table}\" t WHERE t::text LIKE '%confidential%'")


@pytest.mark.usefixtures("loaded")
def test_the_next_row_of_each_table_gets_a_free_id(connection: Connection) -> None:
    """The Open Event server inserts rows beside those of the sample."""
    for column in schema.columns():
        sequence = re.fullmatch(r"nextval\('(\w+)'::regclass\)", column.default or "")
        if sequence is None:
            continue
        name, table = column.name, column.table
        query = f"""
            SELECT coalesce((SELECT max("{name}") FROM "{table}"), 0),
                CASE WHEN is_called THEN last_value + 1 ELSE last_value END
            FROM {sequence[1]}
        """  # noqa: S608 (our own words)
        [(highest, following)] = connection.execute(text(query))
        assert following > highest, table


@pytest.mark.usefixtures("loaded")
def test_the_server_can_compute_the_font_color_of_each_track(connection: Connection) -> None:
    """The server fails on a colour that is neither `#rrggbb` nor `rgba(…)` (docs/defects.md)."""
    known = r"^(#[0-9a-fA-F]{6}|rgba\(\d+, \d+, \d+, [\d.]+\))$"
    assert count(connection, f"tracks WHERE color IS NULL OR color !~ '{known}'") == 0
    assert count(connection, "tracks") == 6


@pytest.mark.usefixtures("loaded")
def test_what_the_server_serves_has_complete_addresses(connection: Connection) -> None:
    for table in ("events", "sponsors", "speaker"):
        for column in (c.name for c in schema.columns() if c.table == table):
            if column.endswith(("_url", "website")):
                relative = f"{table} WHERE {column} !~ '^https?://[a-z0-9.-]+(:[0-9]+)?/'"
                assert count(connection, relative) == 0, (table, column)


@pytest.mark.usefixtures("loaded")
def test_the_server_finds_its_settings(connection: Connection) -> None:
    """One row for each environment. Other storage than local needs all of its keys."""
    rows = connection.execute(
        text("SELECT app_environment, storage_place, frontend_url FROM settings ORDER BY 1")
    )
    assert [tuple(row) for row in rows] == [
        ("development", "local", "http://localhost:4200"),
        ("production", "local", "http://localhost:4200"),
    ]


@pytest.mark.usefixtures("loaded")
def test_what_the_server_serves_has_what_its_clients_need(connection: Connection) -> None:
    """Names, dates and zones; a language and an owner's name are free."""
    assert (
        count(
            connection,
            """events WHERE identifier !~ '^[0-9a-f]{8}$' OR identifier ~ '^[0-9]+$'
            OR name IS NULL OR timezone NOT IN (SELECT name FROM pg_timezone_names)
            OR starts_at IS NULL OR ends_at IS NULL
            OR state NOT IN ('draft', 'published') OR privacy NOT IN ('public', 'private')""",
        )
        == 0
    )
    for table, needed in (("tracks", "name"), ("sponsors", "name"), ("speaker", "name")):
        assert count(connection, f"{table} WHERE {needed} IS NULL OR {needed} = ''") == 0
    for table in ("tracks", "sponsors", "speaker"):
        stray = f"{table} t LEFT JOIN events e ON e.id = t.event_id WHERE e.id IS NULL"
        assert count(connection, stray) == 0


@pytest.mark.usefixtures("loaded")
def test_no_mail_address_is_the_address_of_a_real_person(connection: Connection) -> None:
    for table, column in (("users", "_email"), ("speaker", "email"), ("role_invites", "email")):
        outside = f"{table} WHERE {column} !~ '^[^@[:space:]]+@[a-z0-9.-]+[.](example|invalid)$'"
        assert count(connection, outside) == 0, table


def test_it_is_the_same_each_time(
    postgres: Server, connection: Connection, loaded: SampleEvent, objects: Objects
) -> None:
    again: Objects = {}
    with new_database(postgres) as url, engine(url).connect() as other:
        assert load(other, again) == loaded
        assert contents(other) == contents(connection)
    assert again == objects


def test_it_loads_with_one_statement_for_each_group_of_rows(postgres: Server) -> None:
    with (
        new_database(postgres) as url,
        engine(url).connect() as connection,
        statements() as sent,
    ):
        load(connection, {})
    # The first one reserves the event's id.
    assert len(sent) == 1 + len(list(data.tables()))
