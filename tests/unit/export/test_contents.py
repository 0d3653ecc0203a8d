"""Files of an archive: the contract's nine to the letter, and every table classified."""

import re
from collections import Counter

import pytest

from local import schema
from openevent.catalogue import files as contents
from openevent.catalogue.event_tables import KNOWN_TABLES, tables_of_events
from openevent.catalogue.files import CONTRACT_FILES, FILES, SKIPPED_TABLES, DataFile

COLUMNS: dict[str, set[str]] = {}
for column in schema.columns():
    COLUMNS.setdefault(column.table, set()).add(column.name)

# The wire contract, word for word: file, table behind it, keys that come first.
_EVENT = (
    "id, name, latitude, longitude, location_name, starts_at, ends_at, timezone, description, "
    "original_image_url, logo_url, owner_name, owner_description, external_event_url, "
    "ticket_url, privacy, event_type_id, event_topic_id, event_sub_topic_id, code_of_conduct"
)
_SESSIONS = (
    "id, title, subtitle, short_abstract, long_abstract, starts_at, ends_at, session_type_id, "
    "track_id, comments, language, slides_url, audio_url, video_url"
)
_SPEAKERS = (
    "id, name, email, mobile, photo_url, organisation, position, country, short_biography, "
    "long_biography, website, twitter, facebook, github, linkedin"
)
CONTRACT = {
    "event": ("events", _EVENT),
    "microlocations": ("microlocations", "id, name, floor"),
    "sessions": ("sessions", _SESSIONS),
    "speakers": ("speaker", _SPEAKERS),
    "sponsors": ("sponsors", "id, name, logo_url, level, type, url, description"),
    "tracks": ("tracks", "id, name, color, font_color"),
    "session_types": ("session_types", "id, name, length"),
    "forms": ("custom_forms", ""),
}
MEDIA = {
    ("event", "logo_url"): ("image", "images/logo"),
    ("event", "original_image_url"): ("image", "images/background"),
    ("speakers", "photo_url"): ("image", "images/speakers/{name}_{id}"),
    ("sponsors", "logo_url"): ("image", "images/sponsors/{name}_{id}"),
    ("sessions", "video_url"): ("video", "videos/session_{id}"),
    ("sessions", "audio_url"): ("audio", "audios/session_{id}"),
    ("sessions", "slides_url"): ("document", "slides/session_{id}"),
}


def tables_of_an_event() -> set[str]:
    """By the facts: `events`, and what leads to it, by references or by a column `event_id`."""
    references: dict[str, set[str]] = {}
    for constraint in schema.constraints():
        if match := re.match(r"FOREIGN KEY \(.*?\) REFERENCES \"?(\w+)", constraint.definition):
            references.setdefault(constraint.table, set()).add(match[1])
    found = {"events"} | {table for table, columns in COLUMNS.items() if "event_id" in columns}
    while more := {t for t, targets in references.items() if targets & found} - found:
        found |= more
    return found


def test_the_contract_s_files_and_their_tables() -> None:
    assert {file.name: file.table for file in CONTRACT_FILES} == {
        name: table for name, (table, _) in CONTRACT.items()
    }
    assert [file.name for file in CONTRACT_FILES if file.single] == ["event"]
    assert contents.META.name == "meta"


@pytest.mark.parametrize("file", CONTRACT_FILES, ids=lambda file: file.name)
def test_the_contract_s_key_order(file: DataFile) -> None:
    table, listed = CONTRACT[file.name]
    leading = tuple(listed.split(", ")) if listed else ()
    columns = COLUMNS[table]
    keys = contents.key_order(file, frozenset(columns))
    assert keys[: len(leading)] == leading
    assert keys[len(leading) :] == tuple(sorted(columns - set(leading)))
    assert set(keys) == columns | ({"font_color"} if file.name == "tracks" else set())
    assert contents.missing_columns(file, frozenset(columns)) == ()


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_file_has_every_column_and_names_none_that_is_not(file: DataFile) -> None:
    columns = frozenset(COLUMNS[file.table])
    keys = contents.key_order(file, columns)
    assert set(keys) == columns | ({"font_color"} if file.font_color_of else set())
    assert len(set(keys)) == len(keys)
    assert contents.missing_columns(file, columns) == ()
    assert {parent.column for parent in file.parents} <= columns
    assert {field.column for field in file.media} <= columns
    assert file.event_column is None or file.event_column in columns
    assert file.event_column or file.parents


def test_the_contract_s_media() -> None:
    """Export defect 5: the background comes from `original_image_url`, no event's home page."""
    assert {
        (file.name, field.column): (field.kind.value, field.path)
        for file in FILES
        for field in file.media
    } == MEDIA


def test_every_table_of_an_event_is_classified_exactly_once() -> None:
    classified = Counter([file.table for file in FILES])
    classified.update([contents.TEAM.table])
    classified.update(SKIPPED_TABLES.keys())
    assert classified == Counter(tables_of_an_event())
    assert classified.keys() == KNOWN_TABLES


def test_every_table_skipped_has_a_reason() -> None:
    assert all(SKIPPED_TABLES.values())


def test_what_the_export_is_asked_to_skip() -> None:
    assert {
        *("orders", "orders_tickets", "ticket_holders", "access_codes", "access_codes_tickets"),
        *("stripe_authorizations", "role_invites", "speaker_invites", "feedback", "export_jobs"),
        *("user_favourite_events", "user_favourite_sessions", "user_check_in", "virtual_check_in"),
        "email_notifications",
    } <= SKIPPED_TABLES.keys()


def test_names_in_the_archive_are_given_once() -> None:
    names = [file.name for file in FILES]
    names += [contents.TEAM.name, contents.META.name, contents.MANIFEST_FILE]
    assert len(set(names)) == len(names)
    assert not any("/" in name for name in names)


def test_unknown_columns_follow_by_name() -> None:
    file = DataFile("rooms", "rooms", ("id", "name"))
    assert contents.key_order(file, frozenset({"z", "name", "a", "id"})) == ("id", "name", "a", "z")


def test_columns_that_are_not_there_are_skipped_and_named() -> None:
    file = DataFile("rooms", "rooms", ("id", "name"))
    assert contents.key_order(file, frozenset({"id"})) == ("id",)
    assert contents.missing_columns(file, frozenset({"id"})) == ("name",)


def test_a_font_color_the_table_has_is_not_computed() -> None:
    (tracks,) = [file for file in FILES if file.name == "tracks"]
    assert contents.key_order(tracks, frozenset({"id", "color"})) == ("id", "color", "font_color")
    both = frozenset({"id", "color", "font_color"})
    assert contents.key_order(tracks, both) == ("id", "color", "font_color")
    assert not tracks.computes_font_color(both)
    assert contents.key_order(tracks, frozenset({"id"})) == ("id",)
    assert contents.missing_columns(tracks, frozenset({"id"})) == ("name", "color", "font_color")


def test_tables_that_lead_to_an_event_by_any_way() -> None:
    found = tables_of_events(
        {"a": frozenset({"events"}), "b": frozenset({"a"}), "c": frozenset({"users"})},
        frozenset({"d"}),
    )
    assert found == {"events", "a", "b", "d"}
