"""Privileges that the functions need in the database. Pure.

Derived from the tables that the catalogue says an event consists of, and from the statements of
rights, invites and exports. A test runs the functions as a user with these privileges alone.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from openevent.catalogue.event_tables import EVENT_TABLES
from openevent.catalogue.table import EVENTS

# Tables without which calls answer 503: of rights, and of invites.
REQUIRED = ("events", "users", "roles", "users_events_roles", "role_invites")

# Columns without which calls answer 503.
REQUIRED_COLUMNS: Mapping[str, tuple[str, ...]] = {"events": ("identifier",), "users": ("_email",)}

# What is read beside the tables of events.
READ = ("users", "roles", "groups", "users_groups_roles", "user_token_blacklist_time")

WRITTEN: Mapping[str, tuple[str, ...]] = {
    "role_invites": ("SELECT", "INSERT", "UPDATE", "DELETE"),
    "users_events_roles": ("SELECT", "INSERT", "UPDATE", "DELETE"),
    # The owner leaves the event's group, and an invitee's address counts as verified.
    EVENTS: ("UPDATE",),
    "users": ("UPDATE",),
    # PostgreSQL returns the new row's id to those who may read it.
    "export_jobs": ("SELECT", "INSERT"),
}


@dataclass(frozen=True, slots=True, order=True)
class Need:
    """A privilege on a table."""

    privilege: str
    table: str


def needs() -> frozenset[Need]:
    """Return all privileges on tables that the functions' statements need."""
    return frozenset(_needs())


def _needs() -> Iterator[Need]:
    for table in EVENT_TABLES:
        yield Need("SELECT", table.name)
        yield Need("INSERT", table.name)
        if table.media:
            yield Need("UPDATE", table.name)
    for name in READ:
        yield Need("SELECT", name)
    for name, privileges in WRITTEN.items():
        yield from (Need(privilege, name) for privilege in privileges)
