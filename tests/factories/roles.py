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


def role_id(connection: Connection, role: str) -> int:
    """The id of one of `ROLES`, all of which are there afterwards."""
    connection.execute(
        text("INSERT INTO roles (name, title_name) VALUES (:name, :title) ON CONFLICT DO NOTHING"),
        [{"name": name, "title": name.replace("_", "-").title()} for name in ROLES],
    )
    return int(
        connection.execute(
            text("SELECT id FROM roles WHERE name = :name"), {"name": role}
        ).scalar_one()
    )
