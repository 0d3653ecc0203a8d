"""The catalogue says of every column of an event whether an archive sets it, and why not."""

import pytest

from local import schema
from openevent.catalogue.event_tables import EVENT_TABLES, KNOWN_TABLES, RESET_EVERYWHERE, TABLES
from openevent.catalogue.settable import (
    DEFAULTS,
    NEVER_SET,
    REQUIRED,
    Never,
    SameAs,
    media_kind,
    never_sets,
)
from openevent.catalogue.shape import Column, ColumnType, LiveTable
from openevent.catalogue.table import EVENTS, TEAM, EventTable, MediaKind
from openevent.importing.writing.plan import (
    Given,
    Importer,
    Mapped,
    Numbered,
    OfEvent,
    Taken,
    resolve,
)
from tests.unit.copying import facts

SHAPE = facts.shape()

# The columns that have a default in Open Event's database, each as (table, name).
WITH_DEFAULT = {(column.table, column.name) for column in schema.columns() if column.default}

# Tables outside of an event that its rows refer to, and what becomes of the reference.
OUTSIDE = {
    "users": Never.USER,
    "roles": Never.USER,
    "groups": Never.GROUP,
    "video_streams": Never.NOT_HELD,
    "event_types": None,
    "event_topics": None,
    "event_sub_topics": None,
}


def never(table: str) -> dict[str, Never]:
    columns = SHAPE[table].columns
    found = {name: never_sets(table, name, column) for name, column in columns.items()}
    return {name: reason for name, reason in found.items() if reason is not None}


@pytest.mark.parametrize("table", EVENT_TABLES, ids=lambda table: table.name)
def test_every_foreign_key_is_classified(table: EventTable) -> None:
    for name, column in SHAPE[table.name].columns.items():
        if column.refers_to is None or column.refers_to in TABLES:
            continue
        reason = never_sets(table.name, name, column)
        by_name = {("sessions", "creator_id"): Never.CREATOR}
        if table.name == TEAM:
            assert reason is Never.USER
        else:
            assert reason is by_name.get((table.name, name), OUTSIDE[column.refers_to])


def test_only_columns_that_open_event_has_are_named() -> None:
    for table, names in {**DEFAULTS, **REQUIRED}.items():
        assert {*names} <= SHAPE[table].columns.keys()
    for table, reasons in NEVER_SET.items():
        assert {name for names in reasons.values() for name in names} <= SHAPE[table].columns.keys()


def test_what_an_archive_never_sets_of_an_event() -> None:
    assert sorted(never(EVENTS)) == [
        "bank_details", "can_pay_by_alipay", "can_pay_by_bank", "can_pay_by_cheque",
        "can_pay_by_invoice", "can_pay_by_omise", "can_pay_by_paypal", "can_pay_by_paytm",
        "can_pay_by_stripe", "can_pay_onsite", "chat_room_id", "cheque_details",
        "completed_order_sales", "completed_order_tickets", "created_at", "deleted_at",
        "group_id", "ical_url", "id", "identifier", "invoice_details", "is_announced",
        "is_demoted", "is_featured", "is_promoted", "is_stripe_linked", "onsite_details",
        "paypal_email", "pending_order_sales", "pending_order_tickets", "pentabarf_url",
        "placed_order_sales", "placed_order_tickets", "schedule_published_on", "state", "xcal_url",
    ]  # fmt: skip


def test_what_an_archive_never_sets_of_other_tables() -> None:
    everywhere = {"id", *RESET_EVERYWHERE}
    found = {
        f"{table.name}.{name}": reason
        for table in EVENT_TABLES
        if table.name not in {EVENTS, TEAM}
        for name, reason in never(table.name).items()
        if name not in everywhere
    }
    assert found == {
        "discount_codes.marketer_id": Never.USER,
        "microlocations.chat_room_id": Never.SECRET,
        "microlocations.video_stream_id": Never.NOT_HELD,
        "sessions.average_rating": Never.VISITORS,
        "sessions.creator_id": Never.CREATOR,
        "sessions.favourite_count": Never.VISITORS,
        "sessions.rating_count": Never.VISITORS,
        "speaker.user_id": Never.USER,
        "speakers_calls.hash": Never.SECRET,
    }


def test_the_team_is_never_set() -> None:
    assert set(never(TEAM)) == SHAPE[TEAM].columns.keys()
    assert TEAM not in resolve(SHAPE).tables


def test_a_new_column_is_set_unless_it_refers_to_people_or_to_what_is_not_held() -> None:
    assert never_sets("sessions", "mood", Column()) is None
    for target in ("users", "groups", "roles"):
        assert never_sets("sessions", "x_id", Column(refers_to=target)) is not None
    for target in KNOWN_TABLES - TABLES.keys():
        assert never_sets("sessions", "x_id", Column(refers_to=target)) is Never.NOT_HELD
    assert never_sets("sessions", "x_id", Column(refers_to="moods")) is Never.ELSEWHERE
    for target in TABLES:
        assert never_sets("sessions", "x_id", Column(refers_to=target)) is None


@pytest.mark.parametrize("table", EVENT_TABLES, ids=lambda table: table.name)
def test_every_column_that_needs_a_value_has_one(table: EventTable) -> None:
    """A row is never refused for a column that the archive is not asked for."""
    if table.name == TEAM:
        return
    plan = resolve(with_defaults_of_open_event()).tables[table.name]
    for name, column in SHAPE[table.name].columns.items():
        if column.nullable or has_default(table.name, name):
            continue
        treatment = plan.columns[name]
        match treatment:
            case Taken(default):
                assert (default is not None) != (name in REQUIRED.get(table.name, ()))
                assert not isinstance(default, SameAs) or default.column in plan.required
            case Mapped(is_parent=is_parent):
                assert is_parent
            case Given(value):
                assert value is not None
            case _:
                assert isinstance(treatment, Numbered | OfEvent)


def test_a_column_of_a_later_open_event_that_needs_a_value_is_left_blank() -> None:
    columns = {
        **SHAPE["tracks"].columns,
        "is_fun": Column(nullable=False, type=ColumnType.BOOLEAN),
        "weight": Column(nullable=False, type=ColumnType.NUMBER),
        "motto": Column(nullable=False, type=ColumnType.TEXT, characters=10),
        "day": Column(nullable=False, type=ColumnType.DATE),
        "maker_id": Column(nullable=False, refers_to="users"),
        "room_id": Column(nullable=False, refers_to="microlocations"),
    }
    plan = resolve({**SHAPE, "tracks": LiveTable(columns)}).tables["tracks"]
    assert plan.columns["is_fun"] == Taken(default=False, has_default=True)
    assert plan.columns["weight"] == Taken(0, has_default=True)
    assert plan.columns["motto"] == Taken("", has_default=True)
    assert plan.columns["day"] == Taken()
    assert plan.columns["maker_id"] == Importer()
    assert plan.columns["room_id"] == Mapped("microlocations", is_parent=True, later=False)
    assert plan.required == ("name", "day")
    # A person should know of what nothing is known.
    assert plan.filled == {
        "color": True, "position": False, "is_fun": True, "weight": True, "motto": True,
    }  # fmt: skip


def test_tables_that_a_database_lacks_are_impossible_with_what_belongs_to_them() -> None:
    shape = {name: live for name, live in SHAPE.items() if name != "custom_forms"}
    plan = resolve(shape)
    assert plan.impossible == {
        "custom_forms": "custom_forms",
        "custom_form_options": "custom_forms",
        "custom_form_translates": "custom_forms",
    }
    assert "custom_forms" not in plan.tables


def test_media_is_of_the_kind_that_its_column_says() -> None:
    assert media_kind("sessions", "slides_url") is MediaKind.DOCUMENT
    assert media_kind("sessions", "audio_url") is MediaKind.AUDIO
    assert media_kind("exhibitors", "video_url") is MediaKind.VIDEO
    assert media_kind("exhibitors", "slides_url") is MediaKind.DOCUMENT
    assert media_kind("speaker", "thumbnail_image_url") is MediaKind.IMAGE


def with_defaults_of_open_event() -> dict[str, LiveTable]:
    """The shape of the facts, with the defaults of its columns."""
    return {
        table: LiveTable(
            {
                name: Column(
                    column.nullable,
                    column.refers_to,
                    has_default=has_default(table, name),
                    type=ColumnType.JSON,
                )
                for name, column in live.columns.items()
            },
            live.unique,
        )
        for table, live in SHAPE.items()
    }


def has_default(table: str, name: str) -> bool:
    return (table, name) in WITH_DEFAULT
