"""The declared plan fits the schema, and whatever the schema becomes nothing is lost in silence."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openevent.catalogue.event_tables import (
    EVENT_TABLES,
    KEPT_BACK,
    RESET_EVERYWHERE,
    TABLES,
    tables_of_events,
)
from openevent.catalogue.order import INSERTION_ORDER
from openevent.catalogue.shape import Column, LiveTable
from openevent.catalogue.table import EVENTS, EventTable, Missing
from openevent.copying.plan import (
    Given,
    Kept,
    Mapped,
    Moved,
    Readdressed,
    Remark,
    Renamed,
    Renumbered,
)
from openevent.copying.resolve import EXCLUDABLE, INCLUDABLE, resolve
from tests.unit.copying import facts

COPIED = TABLES
NEVER = frozenset(table.name for table in KEPT_BACK)
COPIED_BY_DEFAULT = {
    "events", "tickets", "ticket_tag", "ticket_tagging", "tax", "social_links", "sponsors",
    "exhibitors", "microlocations", "tracks", "session_types", "custom_forms",
    "custom_form_options", "custom_form_translates", "badge_forms", "badge_field_forms",
    "discount_codes", "discount_codes_tickets", "speakers_calls", "faq_types", "faq",
    "event_copyrights", "tags", "station", "users_events_roles",
}  # fmt: skip
COPIED_WHEN_ASKED_FOR = {
    "sessions", "speaker", "speakers_sessions", "sessions_speakers_links", "exhibitors_sessions",
}  # fmt: skip
NOT_COPIED = {
    "orders", "orders_tickets", "ticket_holders", "access_codes", "access_codes_tickets",
    "event_invoices", "stripe_authorizations", "role_invites", "speaker_invites", "export_jobs",
    "feedback", "email_notifications", "user_favourite_events", "user_favourite_sessions",
    "user_check_in", "virtual_check_in", "station_store_paxs", "video_streams",
    "video_recordings", "video_stream_moderators", "translation_channels", "user_system_role",
}  # fmt: skip

names = st.sampled_from


def named_columns(table: EventTable) -> set[str]:
    return {
        *([table.owner[0]] if table.owner else []),
        *table.references,
        *table.names,
        *table.reset,
        *table.media,
        *table.dates,
        *table.addresses,
    }


def with_column(
    shape: dict[str, LiveTable], table: str, name: str, column: Column
) -> dict[str, LiveTable]:
    live = shape[table]
    return {**shape, table: replace(live, columns={**live.columns, name: column})}


def test_lists_are_those_of_the_issue() -> None:
    assert {
        table.name for table in EVENT_TABLES if table.included_with is None
    } == COPIED_BY_DEFAULT
    assert {
        table.name for table in EVENT_TABLES if table.included_with == "sessions"
    } == COPIED_WHEN_ASKED_FOR
    assert set(NEVER) == NOT_COPIED
    assert INCLUDABLE == ("sessions",)
    assert set(EXCLUDABLE) == COPIED_BY_DEFAULT - {"events"}


def test_every_table_that_leads_to_events_is_on_a_list() -> None:
    shape = facts.shape()
    leading = tables_of_events(facts.references(shape)) | {
        name for name, live in shape.items() if "event_id" in live.columns
    }
    assert len(leading) == 52
    assert leading == {*COPIED, *NEVER}


@pytest.mark.parametrize(
    ("table", "column", "target"),
    [key for key in facts.foreign_keys() if key[0] in COPIED and key[2] in {*COPIED, *NEVER}],
)
def test_every_column_that_leads_into_the_event_is_on_a_list(
    table: str, column: str, target: str
) -> None:
    declared = COPIED[table]
    owner = [declared.owner] if declared.owner else []
    references = [(name, to.table) for name, to in declared.references.items()]
    reset = [(name, target) for name, value in declared.reset.items() if value is None]
    assert (column, target) in [*owner, *references, *reset]


def test_every_declared_name_is_in_the_schema() -> None:
    shape = facts.shape()
    assert {*COPIED, *NEVER} <= shape.keys()
    for table in EVENT_TABLES:
        assert named_columns(table) <= shape[table.name].columns.keys(), table.name
    assert resolve(shape, include=INCLUDABLE).remarks == ()


def test_rows_come_after_what_they_belong_and_lead_to() -> None:
    seen = set[str]()
    later = []
    for table in INSERTION_ORDER:
        targets = {name: to.table for name, to in table.references.items()}
        if table.owner:
            targets[table.owner[0]] = table.owner[1]
        seen.add(table.name)
        later += [(table.name, name) for name, to in targets.items() if to not in seen]
        assert set(table.names.values()) <= seen
    assert later == [("events", "discount_code_id")]


def test_columns_of_the_event() -> None:
    (plan, *_) = resolve(facts.shape()).tables
    assert plan.table == EVENTS
    assert plan.owner is None
    assert plan.columns["id"] == Renumbered()
    assert plan.columns["name"] == Kept()
    assert plan.columns["event_type_id"] == Kept()
    assert plan.columns["starts_at"] == Moved()
    assert plan.columns["state"] == Given("draft")
    assert plan.columns["discount_code_id"] == Mapped(
        "discount_codes", Missing.KEEP_OTHERS, later=True
    )


def test_columns_of_a_discount_code() -> None:
    plans = {plan.table: plan for plan in resolve(facts.shape()).tables}
    columns = plans["discount_codes"].columns
    assert columns["event_id"] == Mapped(EVENTS, Missing.SKIP_ROW)
    assert columns["marketer_id"] == Kept()
    assert columns["discount_url"] == Readdressed()
    assert not plans["discount_codes_tickets"].has_id


def test_excluded_tables_take_along_what_belongs_to_them() -> None:
    plans = {plan.table for plan in resolve(facts.shape(), exclude=["tickets"]).tables}
    assert COPIED_BY_DEFAULT - plans == {"tickets", "ticket_tagging", "discount_codes_tickets"}


def test_a_name_of_excluded_rows_is_set_to_null() -> None:
    shape = facts.shape()
    (tickets,) = [
        s for s in resolve(shape, exclude=["custom_forms"]).tables if s.table == "tickets"
    ]
    assert tickets.columns["form_id"] == Given(None)
    assert tickets.columns["badge_id"] == Renamed("badge_forms")


@given(
    include=st.sets(names(INCLUDABLE)),
    exclude=st.sets(names(EXCLUDABLE)),
    missing=st.sets(names(sorted({*COPIED, *NEVER} - {EVENTS}))),
)
def test_any_plan_is_in_order_and_leads_nowhere_back(
    include: set[str], exclude: set[str], missing: set[str]
) -> None:
    shape = {name: live for name, live in facts.shape().items() if name not in missing}
    of_events = tables_of_events(facts.references(facts.shape()))
    resolved = resolve(shape, include=include, exclude=exclude)
    before = set[str]()
    for plan in resolved.tables:
        before.add(plan.table)
        assert plan.table not in exclude | missing
        assert plan.columns.keys() == shape[plan.table].columns.keys()
        if plan.owner:
            assert plan.owner[1] in before
        for name, treatment in plan.columns.items():
            refers_to = shape[plan.table].columns[name].refers_to
            if refers_to in of_events:
                assert isinstance(treatment, Mapped) or treatment == Given(None)
            if isinstance(treatment, Mapped) and treatment.missing is Missing.SKIP_ROW:
                assert treatment.table in before
            if isinstance(treatment, Mapped) and treatment.table not in before:
                assert treatment.later
    # What is neither copied nor unwanted is remarked on, or belongs to what is.
    wanted = {
        t.name for t in EVENT_TABLES if t.included_with is None or t.included_with in include
    } - exclude
    remarked = {remark.table for remark in resolved.remarks}
    for name in wanted - before - remarked:
        needed = {COPIED[name].owner[1]} if COPIED[name].owner else set()  # type: ignore[index]
        needed |= {
            to.table for to in COPIED[name].references.values() if to.missing is Missing.SKIP_ROW
        }
        assert not needed <= before


@given(table=names(sorted(COPIED_BY_DEFAULT)), name=st.text(min_size=1))
def test_an_unknown_column_is_copied(table: str, name: str) -> None:
    shape = facts.shape()
    if name in shape[table].columns or name in RESET_EVERYWHERE:
        return
    resolved = resolve(with_column(shape, table, name, Column()))
    (plan,) = [plan for plan in resolved.tables if plan.table == table]
    assert plan.columns[name] == Kept()
    assert resolved.remarks == ()


@given(
    table=names(sorted(COPIED_BY_DEFAULT)),
    target=names(sorted({*COPIED, *NEVER})),
    nullable=st.booleans(),
)
def test_an_unknown_reference_never_leads_back(table: str, target: str, *, nullable: bool) -> None:
    resolved = resolve(with_column(facts.shape(), table, "new_id", Column(nullable, target)))
    plans = [plan for plan in resolved.tables if plan.table == table]
    remarks = [remark for remark in resolved.remarks if remark.table == table]
    assert remarks
    for plan in plans:
        treatment = plan.columns["new_id"]
        assert isinstance(treatment, Mapped) or treatment == Given(None)
    if not plans:
        assert any(remark.lost for remark in remarks)


def test_an_unknown_reference_to_elsewhere_is_kept() -> None:
    resolved = resolve(
        with_column(facts.shape(), "tickets", "seller_id", Column(refers_to="users"))
    )
    (plan,) = [plan for plan in resolved.tables if plan.table == "tickets"]
    assert plan.columns["seller_id"] == Kept()
    assert resolved.remarks == ()


@pytest.mark.parametrize(
    "column", [{"event_id": Column()}, {"prize_of": Column(refers_to="tickets")}]
)
def test_an_unknown_table_of_events_is_remarked_on(column: dict[str, Column]) -> None:
    resolved = resolve({**facts.shape(), "prizes": LiveTable({"id": Column(), **column})})
    assert resolved.remarks == (Remark("table-unknown", "prizes", lost=True),)


def test_an_unknown_table_of_something_else_is_none_of_ours() -> None:
    resolved = resolve(
        {**facts.shape(), "refunds": LiveTable({"order_id": Column(refers_to="orders")})}
    )
    assert resolved.remarks == ()


def test_a_missing_table_is_remarked_on() -> None:
    shape = facts.shape()
    del shape["station"]
    resolved = resolve(shape)
    assert "station" not in {plan.table for plan in resolved.tables}
    assert resolved.remarks == (Remark("table-missing", "station"),)


def test_a_missing_column_is_remarked_on() -> None:
    shape = facts.shape()
    columns = dict(shape["speakers_calls"].columns)
    del columns["hash"]
    resolved = resolve({**shape, "speakers_calls": LiveTable(columns)})
    assert resolved.remarks == (Remark("column-missing", "speakers_calls", "hash"),)


def test_a_table_that_no_longer_belongs_to_events_is_skipped() -> None:
    shape = facts.shape()
    columns = dict(shape["tags"].columns)
    del columns["event_id"]
    resolved = resolve({**shape, "tags": LiveTable(columns)})
    assert "tags" not in {plan.table for plan in resolved.tables}
    assert resolved.remarks == (Remark("column-missing", "tags", "event_id", lost=True),)


def test_a_column_that_must_be_unique_is_left_to_its_default() -> None:
    shape = with_column(facts.shape(), "events", "slug", Column())
    live = shape["events"]
    shape["events"] = replace(live, unique=(*live.unique, frozenset({"slug"})))
    resolved = resolve(shape)
    assert "slug" not in resolved.tables[0].columns
    assert resolved.remarks == (Remark("column-unique", "events", "slug", lost=True),)


def test_a_constraint_of_several_columns_forbids_those_that_are_kept_alone() -> None:
    shape = with_column(facts.shape(), "events", "slug", Column())
    live = shape["events"]
    shape["events"] = replace(live, unique=(*live.unique, frozenset({"slug", "starts_at"})))
    resolved = resolve(shape)
    assert resolved.remarks == (Remark("column-unique", "events", "slug", lost=True),)
    assert resolved.tables[0].columns["starts_at"] == Moved()


def test_a_constraint_with_a_column_that_differs_forbids_nothing() -> None:
    shape = with_column(facts.shape(), "events", "slug", Column())
    live = shape["events"]
    shape["events"] = replace(live, unique=(*live.unique, frozenset({"slug", "identifier"})))
    assert resolve(shape).tables[0].columns["slug"] == Kept()
    assert resolve(shape).remarks == ()


@pytest.mark.parametrize(
    ("column", "treatment"),
    [
        (Column(nullable=False, characters=36), Renamed("events.slug")),
        (Column(nullable=False, has_default=True, characters=36), None),
        (Column(nullable=True, characters=36), None),
    ],
)
def test_10_a_unique_text_without_a_default_gets_a_new_one(
    column: Column, treatment: Renamed | None
) -> None:
    shape = with_column(facts.shape(), "events", "slug", column)
    shape["events"] = replace(shape["events"], unique=(frozenset({"slug"}),))
    assert resolve(shape).tables[0].columns.get("slug") == treatment


def test_10_a_unique_column_for_which_there_is_no_value_is_not_copyable() -> None:
    shape = with_column(facts.shape(), "tags", "slug", Column(nullable=False, characters=35))
    shape["tags"] = replace(shape["tags"], unique=(frozenset({"slug"}),))
    resolved = resolve(shape)
    assert "tags" not in {plan.table for plan in resolved.tables}
    assert resolved.remarks == (Remark("column-not-copyable", "tags", "slug", lost=True),)
