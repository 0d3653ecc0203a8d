"""The team of an event: who has which role, and how that changes.

Call it with the event locked (`InviteStore.lock_event`). No other module writes the team.
"""

from dataclasses import dataclass

from openevent.adapters.database import Rows
from openevent.errors import Invalid, Unavailable
from openevent.invites.rules import RoleRow, same_address
from openevent.rights.access import Role
from openevent.rights.events import Event, roles_of
from openevent.rights.identity import User, find_user

_ROLES = "SELECT id, name, title_name FROM roles"

# The row of a role that a user has at an event.
_THAT = "user_id = %s AND event_id = %s AND role_id = %s"


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

    def __init__(self, session: Rows) -> None:
        """Work within `session`."""
        session.schema.require("users_events_roles")
        self._session = session
        self._schema = session.schema

    def role(self, name: str) -> RoleRow | None:
        """Return the role of that name."""
        return self._role("name = %s", name)

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
        return None if role_id is None else self._role("id = %s", role_id)

    def roles_of_ids(self, ids: set[int]) -> list[RoleRow]:
        """Return the roles of those ids."""
        query = f"{_ROLES} WHERE id = ANY(%s) ORDER BY id"
        return [RoleRow(*row) for row in self._session.rows(query, list(ids))]

    def user_of_address(self, email: str) -> User | None:
        """Return the user of the address, unless deleted or blocked."""
        user_id = self.user_id_of_address(email)
        return None if user_id is None else find_user(self._session, user_id)

    def user_id_of_address(self, email: str) -> int | None:
        """Return the id of the user of the address, who may be blocked, but not deleted."""
        self._schema.require("users", "id", "_email")
        query = "SELECT id, _email FROM users WHERE _email = %s"
        if self._schema.has("users", "deleted_at"):
            query += " AND deleted_at IS NULL"
        # The column compares case by Unicode's rules; ours are those of `same_address`.
        found = self._session.rows(query, email.strip())
        return next((id_ for id_, address in found if same_address(address, email)), None)

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
        query = f"SELECT 1 FROM users_events_roles WHERE {_THAT}"  # noqa: S608 - a constant
        return bool(self._session.rows(query, user_id, event.id, role.id))

    def give(self, user_id: int, event: Event, role: RoleRow) -> None:
        """Give the user the role, unless they have it."""
        insert = "INSERT INTO users_events_roles (user_id, event_id, role_id) VALUES (%s, %s, %s)"
        self._session.rows(f"{insert} ON CONFLICT DO NOTHING", user_id, event.id, role.id)

    def exchange(self, user_id: int, event: Event, old: RoleRow, new: RoleRow) -> None:
        """Take the role `old` from the user, and give them `new`."""
        delete = f"DELETE FROM users_events_roles WHERE {_THAT}"  # noqa: S608 - a constant
        self._session.rows(delete, user_id, event.id, old.id)
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
        former_ids = [
            user_id
            for (user_id,) in self._session.rows(
                "SELECT user_id FROM users_events_roles"
                " WHERE event_id = %s AND role_id = %s AND user_id <> %s ORDER BY id",
                event.id,
                owner.id,
                new_owner.id,
            )
        ]
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
        update = "UPDATE users SET is_verified = true WHERE id = %s AND is_verified IS NOT true"
        self._session.rows(update, user.id)

    def is_verified(self, user: User) -> bool:
        """Return whether the user's address is verified."""
        rows = self._session.rows("SELECT is_verified FROM users WHERE id = %s", user.id)
        return bool(rows and rows[0][0])

    def _leave_group(self, event: Event, owner: User) -> bool:
        if event.group_id is None:
            return False
        self._schema.require("groups")
        rows = self._session.rows("SELECT user_id FROM groups WHERE id = %s", event.group_id)
        if rows and rows[0][0] == owner.id:
            return False
        self._session.rows("UPDATE events SET group_id = NULL WHERE id = %s", event.id)
        return True

    def _role(self, condition: str, value: object) -> RoleRow | None:
        self._schema.require("roles")
        rows = self._session.rows(f"{_ROLES} WHERE {condition}", value)
        return RoleRow(*rows[0]) if rows else None
