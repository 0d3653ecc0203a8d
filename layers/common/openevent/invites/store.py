"""The table `role_invites`, through one connection."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Executable,
    Select,
    and_,
    collate,
    func,
    select,
)
from sqlalchemy.exc import DBAPIError

from openevent.adapters.database import Session, fault
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
from openevent.rights.event_query import select_events
from openevent.rights.events import Event
from openevent.rights.identity import database_id

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

    def __init__(self, session: Session) -> None:
        """Work within `session`."""
        self._connection = session.connection
        self._schema = session.schema
        self._invites = session.schema["role_invites"]
        self._columns = (
            self._invites.c.id,
            self._invites.c.event_id,
            self._invites.c.email,
            self._invites.c.role_name,
            self._invites.c.role_id,
            self._invites.c.hash.label("digest"),
            self._invites.c.created_at,
            self._invites.c.status,
        )

    def find(self, name: str) -> Invite:
        """Return the invite of the id `name`. Raises `NotFound`."""
        invite_id = database_id(name)
        if invite_id is None:
            raise invite_not_found()
        return self._one(self._invites.c.id == invite_id)

    def find_by_token(self, token: str) -> Invite:
        """Return the invite that `token` was mailed for. Raises `NotFound`."""
        invite = self._one(self._invites.c.hash == digest_of(token))
        if not is_token_of(invite, token):
            raise invite_not_found()
        return invite

    def event_of(self, invite: Invite) -> Event:
        """Return the event of `invite`. Raises `NotFound` if it was deleted."""
        return self.event_of_id(invite.event_id)

    def event_of_id(self, event_id: int) -> Event:
        """Return the event of that id. Raises `NotFound` if it was deleted."""
        return self._event(self._events(event_id))

    def lock_event(self, event_id: int) -> Event:
        """Lock the event until the transaction ends, and return it.

        Raises `NotFound` if it was deleted.
        """
        return self._event(self._events(event_id).with_for_update(key_share=True))

    def lock(self, invite: Invite) -> tuple[Event, Invite]:
        """Lock the event of `invite`, then the invite, and return both as they are now.

        Raises `NotFound` if one of them was deleted.
        """
        event = self.lock_event(invite.event_id)
        query = self._select().where(
            self._invites.c.id == invite.id, self._invites.c.event_id == event.id
        )
        row = self._connection.execute(query.with_for_update()).one_or_none()
        if row is None:
            raise invite_not_found()
        return event, Invite(*row)

    def of_address(self, event_id: int, email: str) -> list[Invite]:
        """Lock and return all invites of the address to the event."""
        address = func.lower(collate(func.btrim(self._invites.c.email), "C"))
        query = self._select().where(self._invites.c.event_id == event_id, address == folded(email))
        return self._all(query.order_by(self._invites.c.id).with_for_update())

    def others_of_address(self, invite: Invite, email: str) -> list[Invite]:
        """Lock and return the other invites of the address to the event of `invite`."""
        found = self.of_address(invite.event_id, email)
        return [other for other in found if other.id != invite.id]

    def delete_rivals(self, invite: Invite) -> list[Invite]:
        """Remove the other pending invites to the same role of the event, expired ones as well.

        Returns the removed invites.
        """
        removed = (
            self._invites.delete()
            .where(
                self._invites.c.event_id == invite.event_id,
                self._invites.c.role_id == invite.role_id,
                self._invites.c.status == Status.PENDING,
                self._invites.c.id != invite.id,
            )
            .returning(*self._columns)
        )
        return self._all(removed)

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
        wanted = self._invites.c.event_id == event.id
        if statuses is not None:
            wanted = and_(wanted, self._invites.c.status.in_(statuses))
        count = self._connection.execute(
            select(func.count()).select_from(self._invites).where(wanted)
        ).scalar_one()
        query = self._select().where(wanted).order_by(*self._ordered(orders), self._invites.c.id)
        return self._all(query.limit(page.size).offset(page.offset)), count

    def all_of(
        self, event: Event, statuses: Collection[str] | None, orders: Sequence[Order]
    ) -> list[Invite]:
        """Return all of the event's invites with one of `statuses` (None for any), sorted."""
        wanted = self._invites.c.event_id == event.id
        if statuses is not None:
            wanted = and_(wanted, self._invites.c.status.in_(statuses))
        query = self._select().where(wanted)
        return self._all(query.order_by(*self._ordered(orders), self._invites.c.id))

    def insert(
        self, event: Event, email: str, role: RoleRow, digest: str, sent_at: datetime
    ) -> Invite:
        """Insert a pending invite.

        Raises `Conflict` if Open Event's server, which does not wait for our lock, has just
        inserted the same.
        """
        values = _pending(email, role, digest, sent_at) | {"event_id": event.id}
        with _duplicate_is_conflict():
            row = self._connection.execute(
                self._invites.insert().values(values).returning(*self._columns)
            ).one()
        return Invite(*row)

    def renew(
        self, invite: Invite, email: str, role: RoleRow, digest: str, sent_at: datetime
    ) -> Invite:
        """Make `invite` pending again, with another token."""
        return self.update(invite, _pending(email, role, digest, sent_at))

    def update(self, invite: Invite, values: Mapping[str, Any]) -> Invite:
        """Write `values` into the columns of `invite`.

        Raises `Conflict` if another invite has the same spelling of the address, role and event.
        """
        with _duplicate_is_conflict():
            row = self._connection.execute(
                self._invites.update()
                .where(self._invites.c.id == invite.id)
                .values(values)
                .returning(*self._columns)
            ).one()
        return Invite(*row)

    def delete(self, invite: Invite) -> None:
        """Remove `invite`."""
        self._connection.execute(self._invites.delete().where(self._invites.c.id == invite.id))

    def _events(self, event_id: int) -> Select[Any]:
        # By id only: the identifier of another event can consist of the same digits.
        events = self._schema["events"]
        return select_events(self._schema).where(events.c.id == event_id)

    def _event(self, query: Select[Any]) -> Event:
        row = self._connection.execute(query).one_or_none()
        if row is None:
            raise NotFound("event-not-found", "There is no such event.")
        return Event(*row)

    def _select(self) -> Select[Any]:
        return select(*self._columns)

    def _one(self, condition: ColumnElement[bool]) -> Invite:
        query = self._select().where(condition, self._invites.c.event_id.is_not(None))
        row = self._connection.execute(query.order_by(self._invites.c.id).limit(1)).one_or_none()
        if row is None:
            raise invite_not_found()
        return Invite(*row)

    def _all(self, query: Executable) -> list[Invite]:
        return [Invite(*row) for row in self._connection.execute(query)]

    def _ordered(self, orders: Sequence[Order]) -> Iterator[ColumnElement[Any]]:
        for order in orders:
            column = self._invites.c[SORTABLE[order.attribute]]
            yield column.desc() if order.descending else column.asc()


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
    except DBAPIError as error:
        if fault(error).get("C") != UNIQUE_VIOLATION:
            raise
        # The cause would write the row into the log.
        raise Conflict(
            "invite-exists",
            "This address already has an invite to this role of the event. Resend that invite, or "
            "delete it first.",
        ) from None
