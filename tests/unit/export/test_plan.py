"""Plans of data files: what each holds of a database, for whom, and what it lacks."""

import pytest

from openevent.catalogue.files import FILE_OF_TABLE, TEAM
from openevent.catalogue.privacy import Privacy
from openevent.catalogue.shape import Column, ColumnType, LiveTable, Shape
from openevent.catalogue.table import Kind, Only
from openevent.export.dialects.webapp_files import LINKS
from openevent.export.options import Options
from openevent.export.rows.plan import (
    FilePlan,
    HeldReference,
    IsLinked,
    IsNotTrue,
    IsNull,
    IsOfEvent,
    ReadableMoment,
    RefersTo,
    RowRule,
    resolve_file,
    unknown_tables,
)

FULL, PUBLIC = Options(), Options(privacy=Privacy.PUBLIC)


def table(*names: str, **columns: Column) -> LiveTable:
    """A table with plain columns of these `names`, and other `columns`."""
    return LiveTable({**{name: Column() for name in names}, **columns})


def text() -> Column:
    return Column(type=ColumnType.TEXT)


def to(name: str, *, nullable: bool = True) -> Column:
    return Column(nullable=nullable, refers_to=name)


def plan(table_name: str, shape: Shape, options: Options = FULL) -> FilePlan:
    return resolve_file(FILE_OF_TABLE[table_name], shape, options)


SESSIONS = RowRule("sessions", (IsNull("deleted_at"), IsOfEvent("event_id")))


def test_a_table_that_is_missing_is_not_found() -> None:
    assert plan("faq", {}) == FilePlan(FILE_OF_TABLE["faq"], found=False)


def test_rows_are_the_event_s_and_not_deleted() -> None:
    shape = {"tags": table("id", "event_id", "deleted_at", "is_deleted")}
    conditions = (IsNull("deleted_at"), IsNotTrue("is_deleted"), IsOfEvent("event_id"))
    assert plan("tags", shape).rows == RowRule("tags", conditions)


def test_rows_of_links_are_those_between_rows_that_are_held() -> None:
    shape = {
        "sessions": table("id", "event_id", "deleted_at"),
        "speaker": table("id", "event_id"),
        "speakers_sessions": table("speaker_id", "session_id"),
    }
    speakers = RowRule("speaker", (IsOfEvent("event_id"),))
    both = {RefersTo("session_id", SESSIONS), RefersTo("speaker_id", speakers)}
    rows = plan("speakers_sessions", shape).rows
    assert rows is not None
    assert set(rows.conditions) == both
    # The dialect `webapp` reads links to deleted speakers too, to repair them.
    linked = resolve_file(LINKS, shape, FULL, ("session_id", "speaker_id")).rows
    assert linked == RowRule("speakers_sessions", (RefersTo("session_id", SESSIONS),))


@pytest.mark.parametrize(
    "shape",
    [
        {"custom_form_options": table("id", "custom_form_id")},
        {
            "custom_form_options": table("id", "custom_form_id"),
            "custom_forms": table("id"),
        },
        {
            "custom_form_options": table("id", "custom_form_id"),
            "custom_forms": table("event_id"),
        },
        {"custom_form_options": table("id"), "custom_forms": table("id", "event_id")},
    ],
    ids=["no parents", "parents of no event", "parents without ids", "no column"],
)
def test_rows_that_cannot_be_decided_are_not_held(shape: Shape) -> None:
    found = plan("custom_form_options", shape)
    assert found.found
    assert found.rows is None


def test_a_public_archive_holds_what_is_published() -> None:
    shape = {
        "sessions": table("id", "event_id", "state"),
        "speaker": table("id", "event_id"),
        "speakers_sessions": table("speaker_id", "session_id"),
    }
    shown = Only("state", ("accepted", "confirmed"))
    sessions = RowRule("sessions", (shown, IsOfEvent("event_id")))
    assert plan("sessions", shape, PUBLIC).rows == sessions
    linked = IsLinked("speakers_sessions", "speaker_id", "session_id", sessions)
    assert plan("speaker", shape, PUBLIC).rows == RowRule(
        "speaker", (linked, IsOfEvent("event_id"))
    )


@pytest.mark.parametrize("missing", ["state", "speakers_sessions", "sessions"])
def test_a_public_archive_holds_nothing_of_which_it_is_unknown(missing: str) -> None:
    shape = {
        "sessions": table("id", "event_id", *({"state"} - {missing})),
        "speaker": table("id", "event_id"),
        "speakers_sessions": table("speaker_id", "session_id"),
    }
    shape.pop(missing, None)
    assert plan("speaker", shape, PUBLIC).rows is None


def test_codes_are_in_no_public_archive() -> None:
    shape = {"discount_codes": table("id", "event_id", code=text())}
    found = plan("discount_codes", shape, PUBLIC)
    assert (found.withheld_rows, found.rows) == (Kind.SECRET, None)
    assert plan("discount_codes", shape).withheld_rows is None


def test_keys_come_in_the_contract_s_order_and_missing_ones_are_named() -> None:
    shape = {"tracks": table("zebra", "id", "color", "event_id", "apple")}
    found = plan("tracks", shape)
    assert found.keys == ("id", "color", "font_color", "apple", "event_id", "zebra")
    assert (found.missing, found.font_color_of) == (("name",), "color")
    assert found.open_keys == ("font_color",)


def test_a_column_font_color_is_not_computed() -> None:
    found = plan("tracks", {"tracks": table("id", "name", "color", "font_color", "event_id")})
    assert (found.font_color_of, found.open_keys) == (None, ())


def test_a_dialect_s_columns_are_keys_if_they_are_not_withheld() -> None:
    shape = {"speaker": table("id", "event_id", email=text(), name=text(), shoes=text())}
    columns = ("name", "email", "twitter", "id")
    found = resolve_file(FILE_OF_TABLE["speaker"], shape, PUBLIC, columns)
    assert (found.keys, found.missing) == (("name", "id"), ("twitter",))
    assert found.withheld == {"email": Kind.CONTACT}


def test_unclassified_text_is_withheld_from_all_but_the_owner() -> None:
    shape = {"speaker": table("id", "event_id", shoes=text(), size=Column())}
    assert plan("speaker", shape).withheld == {}
    for privacy in (Privacy.TEAM, Privacy.PUBLIC):
        found = plan("speaker", shape, Options(privacy=privacy))
        assert found.withheld == {"shoes": Kind.UNCLASSIFIED}
        assert "shoes" in found.keys


def test_media_fields_are_those_requested() -> None:
    shape = {"sessions": table("id", "event_id", "video_url", "slides_url")}
    found = plan("sessions", shape, Options(video=True, audio=True))
    assert [field.column for field in found.media] == ["video_url", "audio_url"]
    # There is no column for audio, so nothing is left open for it.
    assert found.open_keys == ("video_url",)


def test_dates_and_references_are_checked() -> None:
    moment = Column(type=ColumnType.TIMESTAMP, nullable=False)
    shape = {
        "sessions": table(
            "id",
            event_id=to("events", nullable=False),
            starts_at=moment,
            track_id=to("tracks"),
            creator_id=to("users"),
            session_type_id=to("session_types"),
        ),
        "tracks": table("id", "event_id"),
    }
    found = plan("sessions", shape)
    assert found.checks == {
        "starts_at": ReadableMoment(),
        "track_id": HeldReference(RowRule("tracks", (IsOfEvent("event_id"),))),
        # The archive holds no session type, so every reference to one is bad.
        "session_type_id": HeldReference(None),
    }
    assert found.required == {"starts_at"}


def test_values_that_are_withheld_are_not_checked() -> None:
    shape = {
        "sessions": table("id", "event_id", "state", comments=Column(type=ColumnType.TIMESTAMP))
    }
    assert plan("sessions", shape, PUBLIC).checks == {}
    assert plan("sessions", shape).checks == {"comments": ReadableMoment()}


def test_the_team_is_addresses_and_roles() -> None:
    full, public = (resolve_file(TEAM, {}, options) for options in (FULL, PUBLIC))
    assert (full.keys, full.missing, full.withheld_rows) == (("email", "role"), (), None)
    assert public.withheld_rows is Kind.CONTACT


def test_tables_that_lead_to_an_event_and_are_not_declared_are_unknown() -> None:
    shape = {
        "events": table("id"),
        "sessions": table("id", "event_id"),
        "snacks": table("event_id"),
        "moods": table(session_id=to("sessions")),
        "shades": table(mood_id=to("moods")),
        "weather": table("id"),
    }
    assert unknown_tables(shape) == ["moods", "shades", "snacks"]
