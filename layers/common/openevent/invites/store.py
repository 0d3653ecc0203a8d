"""The table `role_invites`, through one connection."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, NoReturn

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
from openevent.invites.rules import Invite, RoleRow, Status, digest_of, folded, is_token_of
from openevent.rights.events import Event
from openevent.rights.identity import database_id

# What a list can be sorted by, and the column behind it.
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
    """Reads and writes invites. Whoever writes locks first: the event, then the invite.

    All changes to one event's invites and team wait for each other at the event's row, so that what
    is checked is still so when it is written. The lock lets rows that refer to the event pass.
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
        """The invite of the id `name`. Raises `NotFound`."""
        invite_id = database_id(name)
        if invite_id is None:
            _not_found()
        return self._one(self._invites.c.id == invite_id)

    def find_by_token(self, token: str) -> Invite:
        """The invite that `token` was mailed for. Raises `NotFound`."""
        invite = self._one(self._invites.c.hash == digest_of(token))
        return invite if is_token_of(invite, token) else _not_found()

    def event_of(self, invite: Invite) -> Event:
        """The event of `invite`. Raises `NotFound` when it is gone."""
        return self._event(self._events(invite.event_id))

    def lock_event(self, event_id: int) -> Event:
        """The event, which nobody else changes until the transaction ends.

        Raises `NotFound` when it is gone.
        """
        return self._event(self._events(event_id).with_for_update(key_share=True))

    def lock(self, invite: Invite) -> tuple[Event, Invite]:
        """The event of `invite`, and the invite, as they are now, locked in this order.

        Raises `NotFound` when one of them is gone.
        """
        event = self.lock_event(invite.event_id)
        query = self._select().where(
            self._invites.c.id == invite.id, self._invites.c.event_id == event.id
        )
        row = self._connection.execute(query.with_for_update()).one_or_none()
        return event, _not_found() if row is None else Invite(*row)

    def of_address(self, event_id: int, email: str) -> list[Invite]:
        """All invites of the address to the event, locked."""
        address = func.lower(collate(func.btrim(self._invites.c.email), "C"))
        query = self._select().where(self._invites.c.event_id == event_id, address == folded(email))
        return self._all(query.order_by(self._invites.c.id).with_for_update())

    def others_of_address(self, invite: Invite, email: str) -> list[Invite]:
        """All invites of the address to the event of `invite` but that one itself, locked."""
        found = self.of_address(invite.event_id, email)
        return [other for other in found if other.id != invite.id]

    def delete_rivals(self, invite: Invite) -> list[Invite]:
        """Remove the other invites to the same role of the event that wait for an answer.

        Expired ones as well. Returns what was removed.
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
        """One page of the event's invites, and how many there are on all pages.

        `statuses` None: any. After `orders` by id.
        """
        wanted = self._invites.c.event_id == event.id
        if statuses is not None:
            wanted = and_(wanted, self._invites.c.status.in_(statuses))
        count = self._connection.execute(
            select(func.count()).select_from(self._invites).where(wanted)
        ).scalar_one()
        query = self._select().where(wanted).order_by(*self._ordered(orders), self._invites.c.id)
        return self._all(query.limit(page.size).offset(page.offset)), count

    def insert(
        self, event: Event, email: str, role: RoleRow, digest: str, sent_at: datetime
    ) -> Invite:
        """A new pending invite.

        Raises `Conflict` when Open Event's server, which waits for no lock, just made the same.
        """
        values = _pending(email, role, digest, sent_at) | {"event_id": event.id}
        with _one_each():
            row = self._connection.execute(
                self._invites.insert().values(values).returning(*self._columns)
            ).one()
        return Invite(*row)

    def renew(
        self, invite: Invite, email: str, role: RoleRow, digest: str, sent_at: datetime
    ) -> Invite:
        """`invite` taken up again: pending, with another token."""
        return self.update(invite, _pending(email, role, digest, sent_at))

    def update(self, invite: Invite, values: Mapping[str, Any]) -> Invite:
        """`invite` with `values` in its columns.

        Raises `Conflict` when another has the same address as spelled, role and event.
        """
        with _one_each():
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
        # By the id alone: another event's identifier can be the same digits.
        events = self._schema["events"]
        return select(events.c.id, events.c.identifier, events.c.name, events.c.group_id).where(
            events.c.id == event_id, events.c.deleted_at.is_(None)
        )

    def _event(self, query: Select[Any]) -> Event:
        row = self._connection.execute(query).one_or_none()
        if row is None:
            raise NotFound("event-not-found", "There is no such event.")
        return Event(row.id, row.identifier, row.name, row.group_id)

    def _select(self) -> Select[Any]:
        return select(*self._columns)

    def _one(self, condition: ColumnElement[bool]) -> Invite:
        query = self._select().where(condition, self._invites.c.event_id.is_not(None))
        row = self._connection.execute(query.order_by(self._invites.c.id).limit(1)).one_or_none()
        return _not_found() if row is None else Invite(*row)

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
def _one_each() -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        if fault(error).get("C") != UNIQUE_VIOLATION:
            raise
        # The cause would bring the row into the log.
        raise Conflict(
            "invite-exists", "There is an invite of this address to this role and event already."
        ) from None


def _not_found() -> NoReturn:
    raise NotFound("invite-not-found", "There is no such invite.")
