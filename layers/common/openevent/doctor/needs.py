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
READ = (
    *("users", "roles", "groups", "users_groups_roles", "user_token_blacklist_time"),
    # The lists to which an imported event refers.
    *("event_types", "event_topics", "event_sub_topics"),
)

WRITTEN: Mapping[str, tuple[str, ...]] = {
    "role_invites": ("SELECT", "INSERT", "UPDATE", "DELETE"),
    "users_events_roles": ("SELECT", "INSERT", "UPDATE", "DELETE"),
    # PostgreSQL returns the new row's id to those who may read it.
    "export_jobs": ("SELECT", "INSERT"),
    "import_jobs": ("SELECT", "INSERT"),
}

# Columns that are changed beside those of media files in copies, and in tables of `WRITTEN`.
CHANGED: Mapping[str, tuple[str, ...]] = {
    # The owner leaves the event's group. The event is inserted before its discount code.
    EVENTS: ("group_id", "discount_code_id"),
    # An invitee's address counts as verified.
    "users": ("is_verified",),
    # The end of an import.
    "import_jobs": ("result", "result_status"),
}


@dataclass(frozen=True, slots=True, order=True)
class Need:
    """A privilege on a table, or on these columns of it."""

    privilege: str
    table: str
    columns: tuple[str, ...] = ()


def needs() -> frozenset[Need]:
    """Return all privileges on tables that the functions' statements need."""
    return frozenset(_needs())


def grants(user: str) -> Iterator[str]:
    """Yield the statements that give `user` what the functions need.

    Each names one table and at most one column: a server's version may lack any of them.
    """
    of_tables: dict[str, list[str]] = {}
    for need in sorted(needs()):
        if not need.columns:
            of_tables.setdefault(need.table, []).append(need.privilege)
    for table, privileges in sorted(of_tables.items()):
        yield f"GRANT {', '.join(privileges)} ON {table} TO {user}"
    for need in sorted(needs()):
        for column in need.columns:
            yield f"GRANT {need.privilege} ({column}) ON {need.table} TO {user}"
    yield f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {user}"


def _needs() -> Iterator[Need]:
    for table in EVENT_TABLES:
        yield Need("SELECT", table.name)
        yield Need("INSERT", table.name)
        changed = (*table.media, *CHANGED.get(table.name, ()))
        if changed:
            yield Need("UPDATE", table.name, changed)
    for name in READ:
        yield Need("SELECT", name)
        if name in CHANGED:
            yield Need("UPDATE", name, CHANGED[name])
    for name, privileges in WRITTEN.items():
        yield from (Need(privilege, name) for privilege in privileges)
        if name in CHANGED:
            yield Need("UPDATE", name, CHANGED[name])
