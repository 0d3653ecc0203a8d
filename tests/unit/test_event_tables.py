"""The catalogue names every table of an event once, and classifies each of its columns of text."""

from collections import Counter

import pytest

from local import schema
from openevent.catalogue.event_tables import (
    EVENT_TABLES,
    KEPT_BACK,
    KNOWN_TABLES,
    RESET_EVERYWHERE,
    TABLES,
    tables_of_events,
)
from openevent.catalogue.table import EventTable, Kind

COLUMNS: dict[str, dict[str, str]] = {}
for column in schema.columns():
    COLUMNS.setdefault(column.table, {})[column.name] = column.type

# Types that say little of people; all others may carry text.
NOT_TEXT = {
    *("bigint", "boolean", "float8", "int4[]", "integer", "smallint", "timestamp", "timestamptz"),
}


def tables_of_the_facts() -> frozenset[str]:
    references: dict[str, set[str]] = {}
    for (table, _), target in schema.references().items():
        references.setdefault(table, set()).add(target)
    return tables_of_events(references, {t for t, names in COLUMNS.items() if "event_id" in names})


def test_every_table_of_an_event_is_in_the_catalogue_exactly_once() -> None:
    named = Counter([table.name for table in (*EVENT_TABLES, *KEPT_BACK)])
    assert named == Counter(tables_of_the_facts())
    assert named.keys() == KNOWN_TABLES
    assert len(KNOWN_TABLES) == 52


@pytest.mark.parametrize("table", EVENT_TABLES, ids=lambda table: table.name)
def test_every_column_of_text_is_classified(table: EventTable) -> None:
    if table.name == "users_events_roles":
        assert table.never_public is Kind.CONTACT
        return
    unclassified = {
        name
        for name, kind in COLUMNS[table.name].items()
        if table.kind_of(name, text=kind not in NOT_TEXT) is Kind.UNCLASSIFIED
    }
    assert unclassified == set()


@pytest.mark.parametrize("table", EVENT_TABLES, ids=lambda table: table.name)
def test_no_column_is_both_open_and_withheld(table: EventTable) -> None:
    classified = Counter(table.open)
    for names in table.withheld.values():
        classified.update(names)
    assert max(classified.values(), default=1) == 1


@pytest.mark.parametrize("table", EVENT_TABLES, ids=lambda table: table.name)
def test_every_column_is_treated_in_one_way_when_it_is_copied(table: EventTable) -> None:
    named = Counter([*([table.owner[0]] if table.owner else []), *table.references])
    for names in (table.names, table.reset, table.dates, table.addresses, table.media):
        named.update([*names])
    assert max(named.values(), default=1) == 1
    assert not named.keys() & RESET_EVERYWHERE.keys()


def test_every_table_kept_back_has_its_reasons() -> None:
    assert all(table.from_copies and table.from_archives for table in KEPT_BACK)


def test_references_lead_to_tables_of_the_catalogue() -> None:
    for table in EVENT_TABLES:
        targets = {reference.table for reference in table.references.values()}
        assert {*targets, *table.names.values()} <= TABLES.keys()


def test_text_without_a_class_is_withheld() -> None:
    speaker = TABLES["speaker"]
    assert speaker.kind_of("shoe_size", text=True) is Kind.UNCLASSIFIED
    assert speaker.kind_of("shoes", text=False) is None
    assert speaker.kind_of("user_id", text=False) is Kind.INTERNAL
    assert speaker.kind_of("name", text=True) is None


def test_tables_that_lead_to_an_event_by_any_way() -> None:
    found = tables_of_events({"a": ["events"], "b": ["a"], "c": ["users"]}, ["d"])
    assert found == {"events", "a", "b", "d"}
