"""The seven roles of Open Event."""

from sqlalchemy import Connection, text

ROLES = (
    "owner",
    "organizer",
    "coorganizer",
    "track_organizer",
    "moderator",
    "registrar",
    "attendee",
)

_ROWS = ", ".join(f"('{name}', '{name.replace('_', '-').title()}')" for name in ROLES)
_INSERT = text(f"INSERT INTO roles (name, title_name) VALUES {_ROWS} ON CONFLICT DO NOTHING")  # noqa: S608


def role_id(connection: Connection, role: str) -> int:
    """The id of one of `ROLES`, all of which are there afterwards."""
    connection.execute(_INSERT)
    return int(
        connection.execute(
            text("SELECT id FROM roles WHERE name = :name"), {"name": role}
        ).scalar_one()
    )
