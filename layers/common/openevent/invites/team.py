"""The team of an event: who has which role, and how that changes.

Call it with the event locked (`InviteStore.lock_event`). No other module writes the team.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, select, update
from sqlalchemy.dialects.postgresql import insert

from openevent.adapters.database import Session
from openevent.errors import Invalid, Unavailable
from openevent.invites.rules import RoleRow, same_address
from openevent.rights.access import Role
from openevent.rights.events import Event, roles_of
from openevent.rights.identity import User, find_user


@dataclass(frozen=True, slots=True)
class Handover:
    """The former owners of an event that has a new owner, and the group that the event left.

    `former_owners` lacks blocked and deleted users, who get no mail. `left_group_id`: None if the
    event was in no group, or stays in it.
    """

    former_owner_ids: tuple[int, ...]
    former_owners: tuple[User, ...]
    left_group_id: int | None


class Team:
    """Reads and writes `users_events_roles` and the tables around it, through one connection."""

    def __init__(self, session: Session) -> None:
        """Work within `session`."""
        self._session = session
        self._connection = session.connection
        self._schema = session.schema
        self._given = session.schema["users_events_roles"]

    def role(self, name: str) -> RoleRow | None:
        """Return the role of that name."""
        return self._role(self._schema["roles"].c.name == name)

    def agreed_role(self, name: Role, role_id: str | None) -> RoleRow:
        """Return the role called `name`. Raises `Invalid` if `role_id` is the id of another."""
        role = self.role(name)
        if role is None:
            raise Invalid(
                "role-unknown", "There is no such role.", pointer="/data/attributes/role-name"
            )
        if role_id not in (None, str(role.id)):
            raise Invalid(
                "roles-disagree",
                f"The role {role_id} is not the role {name}. Use the id and the name of one role.",
                pointer="/data/relationships/role",
            )
        return role

    def role_of_id(self, role_id: int | None) -> RoleRow | None:
        """Return the role of that id."""
        return None if role_id is None else self._role(self._schema["roles"].c.id == role_id)

    def roles_of_ids(self, ids: set[int]) -> list[RoleRow]:
        """Return the roles of those ids."""
        roles = self._schema["roles"]
        query = select(roles.c.id, roles.c.name, roles.c.title_name).where(roles.c.id.in_(ids))
        return [RoleRow(*row) for row in self._connection.execute(query.order_by(roles.c.id))]

    def user_of_address(self, email: str) -> User | None:
        """Return the user of the address, unless deleted or blocked."""
        user_id = self.user_id_of_address(email)
        return None if user_id is None else find_user(self._session, user_id)

    def user_id_of_address(self, email: str) -> int | None:
        """Return the id of the user of the address, who may be blocked, but not deleted."""
        users = self._schema["users"]
        address = users.c["_email"]
        query = select(users.c.id, address).where(
            address == email.strip(), self._schema.not_deleted("users")
        )
        # The column compares case by Unicode's rules; ours are those of `same_address`.
        matches = [row.id for row in self._connection.execute(query) if same_address(row[1], email)]
        return matches[0] if matches else None

    def holds(self, email: str, event: Event, role: RoleRow) -> bool:
        """Return whether the user of the address has the role at the event.

        A role that the event's group gives counts as well, except owner: an owner of the group can
        be invited to become the owner of the event.
        """
        user = self.user_of_address(email)
        if user is None:
            return False
        if role.name == Role.OWNER:
            return self.has(user.id, event, role)
        return role.name in roles_of(self._session, user, event)

    def has(self, user_id: int, event: Event, role: RoleRow) -> bool:
        """Return whether the user has the role at the event itself, not through its group."""
        query = select(self._given.c.id).where(self._that(user_id, event, role))
        return self._connection.execute(query).first() is not None

    def give(self, user_id: int, event: Event, role: RoleRow) -> None:
        """Give the user the role, unless they have it."""
        self._connection.execute(
            insert(self._given)
            .values(user_id=user_id, event_id=event.id, role_id=role.id)
            .on_conflict_do_nothing()
        )

    def exchange(self, user_id: int, event: Event, old: RoleRow, new: RoleRow) -> None:
        """Take the role `old` from the user, and give them `new`."""
        self._connection.execute(self._given.delete().where(self._that(user_id, event, old)))
        self.give(user_id, event, new)

    def hand_over(self, event: Event, owner: RoleRow, new_owner: User) -> Handover:
        """Make `new_owner` the only owner of the event, and the former owners organizers.

        The event leaves its group, unless the group belongs to the new owner.
        """
        organizer = self.role(Role.ORGANIZER)
        if organizer is None:
            raise Unavailable(
                "database-unsuitable",
                "The database has no role organizer, which this call needs. "
                "Please tell the operator.",
            )
        query = select(self._given.c.user_id).where(
            self._given.c.event_id == event.id,
            self._given.c.role_id == owner.id,
            self._given.c.user_id != new_owner.id,
        )
        former_ids = list(self._connection.execute(query.order_by(self._given.c.id)).scalars())
        for user_id in former_ids:
            self.exchange(user_id, event, owner, organizer)
        self.give(new_owner.id, event, owner)
        former = (find_user(self._session, user_id) for user_id in former_ids)
        return Handover(
            former_owner_ids=tuple(former_ids),
            former_owners=tuple(user for user in former if user is not None),
            left_group_id=event.group_id if self._leave_group(event, new_owner) else None,
        )

    def mark_verified(self, user: User) -> None:
        """Mark the user's address as verified: a mail that was sent to it has reached them."""
        users = self._schema["users"]
        self._connection.execute(
            update(users)
            .where(users.c.id == user.id, users.c.is_verified.is_not(True))
            .values(is_verified=True)
        )

    def is_verified(self, user: User) -> bool:
        """Return whether the user's address is verified."""
        users = self._schema["users"]
        query = select(users.c.is_verified).where(users.c.id == user.id)
        return self._connection.execute(query).scalar() is True

    def _leave_group(self, event: Event, owner: User) -> bool:
        if event.group_id is None:
            return False
        groups, events = self._schema["groups"], self._schema["events"]
        query = select(groups.c.user_id).where(groups.c.id == event.group_id)
        if self._connection.execute(query).scalar() == owner.id:
            return False
        self._connection.execute(
            update(events).where(events.c.id == event.id).values(group_id=None)
        )
        return True

    def _role(self, condition: ColumnElement[bool]) -> RoleRow | None:
        roles = self._schema["roles"]
        query = select(roles.c.id, roles.c.name, roles.c.title_name).where(condition)
        row: Any = self._connection.execute(query).one_or_none()
        return None if row is None else RoleRow(*row)

    def _that(self, user_id: int, event: Event, role: RoleRow) -> ColumnElement[bool]:
        return and_(
            self._given.c.user_id == user_id,
            self._given.c.event_id == event.id,
            self._given.c.role_id == role.id,
        )
