"""Copies without one of the tables that a copy can skip, of one event that has everything."""

from collections.abc import Iterator

import pytest

from openevent.copying.resolve import EXCLUDABLE
from tests.database import Server, engine, new_database
from tests.factories import make_full_event
from tests.factories.full_event import FullEvent
from tests.integration.copying.conftest import Copying


@pytest.fixture(scope="module")
def database_url(postgres: Server) -> Iterator[str]:
    with new_database(postgres) as url:
        yield url


@pytest.fixture(scope="module")
def full(database_url: str) -> FullEvent:
    with engine(database_url).begin() as connection:
        return make_full_event(connection, 2)


@pytest.mark.parametrize("table", EXCLUDABLE)
def test_anything_can_be_skipped(copying: Copying, full: FullEvent, table: str) -> None:
    before = copying.snapshot()
    body = {"include": ["sessions"], "exclude": [table]}
    dry = copying.copy(full.event, full.owner, {**body, "dry_run": True})
    answer = copying.copy(full.event, full.owner, body)
    added = copying.snapshot().added_since(before)
    assert answer["rows"] == {name: len(rows) for name, rows in added.items()}
    assert dry["rows"] == answer["rows"]
    expected = {
        "tickets": {"tickets", "ticket_tagging", "discount_codes_tickets"},
        "ticket_tag": {"ticket_tag", "ticket_tagging"},
        "exhibitors": {"exhibitors", "exhibitors_sessions"},
        "custom_forms": {"custom_forms", "custom_form_options", "custom_form_translates"},
        "badge_forms": {"badge_forms", "badge_field_forms"},
        "discount_codes": {"discount_codes", "discount_codes_tickets"},
        "users_events_roles": set(),  # the caller becomes the owner
    }.get(table, {table})
    everything = {*EXCLUDABLE, "events", "sessions", "speaker", "speakers_sessions",
                  "sessions_speakers_links", "exhibitors_sessions"}  # fmt: skip
    assert everything - added.keys() == expected
