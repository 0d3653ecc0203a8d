"""The table `role_invites`, through one connection."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import pg8000.dbapi

from openevent.adapters.connecting import fields_of
from openevent.adapters.database import Rows
from openevent.edge.jsonapi import Order, Page
from openevent.errors import Conflict, NotFound
from openevent.invites.rules import (
    Invite,
    RoleRow,
    Status,
    digest_of,
    folded,
    invite_not_found,
    is_token_of,
)
from openevent.rights.events import Event, event_fields, is_living_event
from openevent.rights.identity import database_id

# The columns that are the fields of `Invite`.
_FIELDS = "id, event_id, email, role_name, role_id, hash, created_at, status"
_SELECT = f"SELECT {_FIELDS} FROM role_invites"  # noqa: S608 - constants

# The names that a list can be sorted by, and their columns.
SORTABLE = {
    "id": "id",
    "email": "email",
    "role-name": "role_name",
    "status": "status",
    "created-at": "created_at",
}

# PostgreSQL's manual, appendix "Error Codes".
UNIQUE_VIOLATION = "23505"


class InviteStore:
    """Reads and writes invites. Before any write, lock the event, then the invite.

    All changes to the invites and the team of one event wait for each other at the event's row, so
    that a condition still holds when it is acted on. The lock does not block inserts of rows that
    refer to the event.
    """

    def __init__(self, session: Rows) -> None:
        """Work within `session`."""
        session.schema.require("role_invites")
        self._session = session

    def find(self, name: str) -> Invite:
        """Return the invite of the id `name`. Raises `NotFound`."""
        invite_id = database_id(name)
        if invite_id is None:
            raise invite_not_found()
        return self._one("id = %s", invite_id)

    def find_by_token(self, token: str) -> Invite:
        """Return the invite that `token` was mailed for. Raises `NotFound`."""
        invite = self._one("hash = %s", digest_of(token))
        if not is_token_of(invite, token):
            raise invite_not_found()
        return invite

    def event_of(self, invite: Invite) -> Event:
        """Return the event of `invite`. Raises `NotFound` if it was deleted."""
        return self.event_of_id(invite.event_id)

    def event_of_id(self, event_id: int) -> Event:
        """Return the event of that id. Raises `NotFound` if it was deleted."""
        return self._event(event_id)

    def lock_event(self, event_id: int) -> Event:
        """Lock the event until the transaction ends, and return it.

        Raises `NotFound` if it was deleted.
        """
        return self._event(event_id, " FOR NO KEY UPDATE")

    def lock(self, invite: Invite) -> tuple[Event, Invite]:
        """Lock the event of `invite`, then the invite, and return both as they are now.

        Raises `NotFound` if one of them was deleted.
        """
        event = self.lock_event(invite.event_id)
        query = f"{_SELECT} WHERE id = %s AND event_id = %s FOR UPDATE"
        found = self._all(query, invite.id, event.id)
        if not found:
            raise invite_not_found()
        return event, found[0]

    def of_address(self, event_id: int, email: str) -> list[Invite]:
        """Lock and return all invites of the address to the event."""
        of_address = 'event_id = %s AND lower(btrim(email) COLLATE "C") = %s'
        query = f"{_SELECT} WHERE {of_address} ORDER BY id FOR UPDATE"
        return self._all(query, event_id, folded(email))

    def others_of_address(self, invite: Invite, email: str) -> list[Invite]:
        """Lock and return the other invites of the address to the event of `invite`."""
        found = self.of_address(invite.event_id, email)
        return [other for other in found if other.id != invite.id]

    def delete_rivals(self, invite: Invite) -> list[Invite]:
        """Remove the other pending invites to the same role of the event, expired ones as well.

        Returns the removed invites.
        """
        rivals = "event_id = %s AND role_id = %s AND status = %s AND id <> %s"
        return self._all(
            f"DELETE FROM role_invites WHERE {rivals} RETURNING {_FIELDS}",  # noqa: S608 - constants
            invite.event_id,
            invite.role_id,
            Status.PENDING,
            invite.id,
        )

    def page(
        self,
        event: Event,
        statuses: Collection[str] | None,
        orders: Sequence[Order],
        page: Page,
    ) -> tuple[list[Invite], int]:
        """Return one page of the event's invites, and the number of invites on all pages.

        `statuses`: None for any. Sorted by `orders`, then by id.
        """
        wanted, values = _wanted(event, statuses)
        counted = f"SELECT count(*) FROM role_invites WHERE {wanted}"  # noqa: S608 - constants
        [[count]] = self._session.rows(counted, *values)
        query = f"{_SELECT} WHERE {wanted} ORDER BY {_sorted(orders)} LIMIT %s OFFSET %s"
        return self._all(query, *values, page.size, page.offset), count

    def all_of(
        self, event: Event, statuses: Collection[str] | None, orders: Sequence[Order]
    ) -> list[Invite]:
        """Return all of the event's invites with one of `statuses` (None for any), sorted."""
        wanted, values = _wanted(event, statuses)
        return self._all(f"{_SELECT} WHERE {wanted} ORDER BY {_sorted(orders)}", *values)

    def insert(
        self, event: Event, email: str, role: RoleRow, digest: str, sent_at: datetime
    ) -> Invite:
        """Insert a pending invite.

        Raises `Conflict` if Open Event's server, which does not wait for our lock, has just
        inserted the same.
        """
        values = _pending(email, role, digest, sent_at) | {"event_id": event.id}
        names, places = ", ".join(values), ", ".join("%s" for _ in values)
        query = f"INSERT INTO role_invites ({names}) VALUES ({places}) RETURNING {_FIELDS}"  # noqa: S608 - constants
        with _duplicate_is_conflict():
            [invite] = self._all(query, *values.values())
        return invite

    def renew(
        self, invite: Invite, email: str, role: RoleRow, digest: str, sent_at: datetime
    ) -> Invite:
        """Make `invite` pending again, with another token."""
        return self.update(invite, _pending(email, role, digest, sent_at))

    def update(self, invite: Invite, values: Mapping[str, Any]) -> Invite:
        """Write `values` into the columns of `invite`.

        Raises `Conflict` if another invite has the same spelling of the address, role and event.
        """
        changes = ", ".join(f"{name} = %s" for name in values)
        query = f"UPDATE role_invites SET {changes} WHERE id = %s RETURNING {_FIELDS}"  # noqa: S608 - constants
        with _duplicate_is_conflict():
            [updated] = self._all(query, *values.values(), invite.id)
        return updated

    def delete(self, invite: Invite) -> None:
        """Remove `invite`."""
        self._session.rows("DELETE FROM role_invites WHERE id = %s", invite.id)

    def _event(self, event_id: int, lock: str = "") -> Event:
        # By id only: the identifier of another event can consist of the same digits.
        schema = self._session.schema
        where = f"id = %s AND {is_living_event(schema)}"
        query = f"SELECT {event_fields(schema)} FROM events WHERE {where}{lock}"  # noqa: S608 - names of that module
        rows = self._session.rows(query, event_id)
        if not rows:
            raise NotFound("event-not-found", "There is no such event.")
        return Event(*rows[0])

    def _one(self, condition: str, value: object) -> Invite:
        where = f"{condition} AND event_id IS NOT NULL"
        found = self._all(f"{_SELECT} WHERE {where} ORDER BY id LIMIT 1", value)
        if not found:
            raise invite_not_found()
        return found[0]

    def _all(self, query: str, *values: object) -> list[Invite]:
        return [Invite(*row) for row in self._session.rows(query, *values)]


def _wanted(event: Event, statuses: Collection[str] | None) -> tuple[str, list[object]]:
    """Return the condition of the event's invites with one of the statuses, and its values."""
    if statuses is None:
        return "event_id = %s", [event.id]
    return "event_id = %s AND status = ANY(%s)", [event.id, list(statuses)]


def _sorted(orders: Sequence[Order]) -> str:
    columns = [
        f"{SORTABLE[order.attribute]} {'DESC' if order.descending else 'ASC'}" for order in orders
    ]
    return ", ".join([*columns, "id"])


def _pending(email: str, role: RoleRow, digest: str, sent_at: datetime) -> dict[str, Any]:
    return {
        "email": email,
        "role_name": role.name,
        "role_id": role.id,
        "hash": digest,
        "created_at": sent_at,
        "status": Status.PENDING.value,
    }


@contextmanager
def _duplicate_is_conflict() -> Iterator[None]:
    try:
        yield
    except pg8000.dbapi.Error as error:
        if fields_of(error).get("C") != UNIQUE_VIOLATION:
            raise
        # The cause would write the row into the log.
        raise Conflict(
            "invite-exists",
            "This address already has an invite to this role of the event. Resend that invite, or "
            "delete it first.",
        ) from None
