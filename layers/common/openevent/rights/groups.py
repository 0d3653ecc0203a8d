"""Groups of events: who may put an event into one."""

from sqlalchemy import ColumnElement, exists, false, or_, select, true

from openevent.adapters.database import Session
from openevent.catalogue.event_tables import DELETED_AT
from openevent.rights.access import Role
from openevent.rights.identity import User

# The roles in a group that may put events into it.
GROUP_MANAGERS = (Role.OWNER, Role.ORGANIZER)


def may_use_group(session: Session, user: User, group_id: int) -> bool:
    """Return whether `user` may put an event into the group: its user, its managers and staff."""
    schema = session.schema
    groups, given = schema.find("groups"), schema.find("users_groups_roles")
    if groups is None:
        return False
    managed: ColumnElement[bool] = or_(
        true() if user.is_staff else false(), schema.optional("groups", "user_id") == user.id
    )
    if given is not None:
        roles = schema["roles"]
        managed |= exists().where(
            given.c.group_id == groups.c.id,
            given.c.user_id == user.id,
            schema.column("users_groups_roles", "accepted").is_(True),
            given.c.role_id == roles.c.id,
            roles.c.name.in_(GROUP_MANAGERS),
        )
    group = select(groups.c.id).where(
        groups.c.id == group_id, schema.optional("groups", DELETED_AT).is_(None), managed
    )
    return session.connection.execute(group).first() is not None
