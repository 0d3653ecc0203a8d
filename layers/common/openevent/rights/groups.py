"""Groups of events: who may put an event into one."""

from openevent.adapters.database import Rows
from openevent.catalogue.event_tables import DELETED_AT
from openevent.catalogue.sql_text import quoted
from openevent.rights.access import Role
from openevent.rights.identity import User

# The roles in a group that may put events into it.
GROUP_MANAGERS = (Role.OWNER, Role.ORGANIZER)

_IS_MANAGER = f"""EXISTS (
    SELECT FROM users_groups_roles given JOIN roles ON roles.id = given.role_id
    WHERE given.group_id = groups.id AND given.user_id = %s AND given.accepted IS true
    AND roles.name IN ({", ".join(map(quoted, GROUP_MANAGERS))}))"""


def may_use_group(session: Rows, user: User, group_id: int) -> bool:
    """Return whether `user` may put an event into the group: its user, its managers and staff."""
    schema = session.schema
    if not schema.has("groups"):
        return False
    conditions, values = ["id = %s"], [group_id]
    if schema.has("groups", DELETED_AT):
        conditions.append(f"{DELETED_AT} IS NULL")
    if not user.is_staff:
        managed = ["user_id = %s"] if schema.has("groups", "user_id") else []
        if schema.has("users_groups_roles"):
            schema.require("users_groups_roles", "accepted")
            schema.require("roles")
            managed.append(_IS_MANAGER)
        conditions.append(f"({' OR '.join(managed) or 'false'})")
        values += [user.id] * len(managed)
    query = f"SELECT 1 FROM groups WHERE {' AND '.join(conditions)}"  # noqa: S608 - of this module
    return bool(session.rows(query, *values))
