"""Load the sample event into an empty Open Event database, and its media into a bucket."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy import Connection, text

from local.sample.data import Written, tables
from local.sample.media import KINDS, Kind
from local.schema import references, rows
from local.schema.rows import Row

StoreMedia = Callable[[str, bytes, str], object]
"""Function that stores an object: key in the media bucket, bytes, content type."""

_MEDIA_FILE = re.compile(r"(?P<base>made|relative):(?P<kind>\w+)")


@dataclass(frozen=True, slots=True)
class SampleUser:
    """A user of the sample: id and mail address."""

    id: int
    email: str


@dataclass(frozen=True, slots=True)
class SampleEvent:
    """The loaded events: the sample event, an event without content, and one in a group.

    `users` are named by their role in the event: `owner`, `organizer`, `coorganizer`,
    `track_organizer`, `moderator`, `registrar`, `attendee`; `admin` and `stranger`, who have no
    role in it; and `group_organizer`, who has a role in the group only.
    """

    id: int
    identifier: str
    name: str
    empty_event_id: int
    group_event_id: int
    users: dict[str, SampleUser]


def load(connection: Connection, media: StoreMedia, media_base_url: str) -> SampleEvent:
    """Insert all rows and store all media; the caller commits.

    `connection` leads to a database with Open Event's tables and no rows. The key of each object
    begins with `events/<id>/`; its address in the rows is `media_base_url`, a slash and the key.
    One speaker's portrait has an unreachable address; the addresses of one session's slides and of
    another's audio are relative to `media_base_url`. The Open Event server serves sponsors and
    speakers with complete addresses only.

    Raises sqlalchemy.exc.DBAPIError if the database refuses a row, and the errors of `media`.
    """
    loading = _Loading(connection, media, media_base_url.rstrip("/"))
    for table, written in tables():
        loading.add(table, written)
    event, empty, grouped = loading.made["events"].values()
    return SampleEvent(
        id=event["id"],
        identifier=event["identifier"],
        name=event["name"],
        empty_event_id=empty["id"],
        group_event_id=grouped["id"],
        users={
            email.partition("@")[0]: SampleUser(user["id"], email)
            for email, user in loading.made["users"].items()
        },
    )


class _Loading:
    """Convert rows of `data/` to rows of the database, one table after another.

    The first value of a row is its name, by which other rows refer to it. A value `made:<kind>` is
    the address of a media file of that kind, drawn for the row's name; `relative:<kind>` is the
    same address without its base. A text as `id` is the sample event's id. A row without an
    `event_id` belongs to the sample event.
    """

    def __init__(self, connection: Connection, media: StoreMedia, media_base_url: str) -> None:
        self.made: dict[str, dict[str, Row]] = {}
        self._connection = connection
        self._media = media
        self._bases = {"made": media_base_url, "relative": ""}
        self._references = references()
        # The keys of the media contain the event's id, which is needed before the event exists.
        self._event_id = connection.execute(
            text("SELECT nextval(pg_get_serial_sequence('events', 'id'))")
        ).scalar_one()

    def add(self, table: str, written: Sequence[Written]) -> None:
        """Insert rows of one table, in order; the rows that they refer to exist already."""
        named = [(str(next(iter(row.values()))), row) for row in written]
        inserted = rows.insert(
            self._connection, table, [self._row(table, name, row) for name, row in named]
        )
        made = self.made.setdefault(table, {})
        made.update((name, row) for (name, _), row in zip(named, inserted, strict=True))

    def _row(self, table: str, name: str, written: Written) -> Row:
        row = {column: self._value(table, name, column, value) for column, value in written.items()}
        if (table, "event_id") in self._references:
            row.setdefault("event_id", self._event_id)
        return row

    def _value(self, table: str, name: str, column: str, value: object) -> object:
        parent = self._references.get((table, column))
        match value:
            case str() if parent:
                return self.made[parent][value]["id"]
            case list() if parent:
                return [self.made[parent][one]["id"] for one in value]
            case str() if column == "id":
                return self._event_id
            case str() if found := _MEDIA_FILE.fullmatch(value):
                return self._media_file(
                    found["base"], KINDS[found["kind"]], name, f"{table}/{column}"
                )
            case _:
                return value

    def _media_file(self, base: str, kind: Kind, name: str, place: str) -> str:
        """Draw and store a media file, and return its address."""
        digest = sha256(f"{place}/{name}".encode()).hexdigest()[:12]
        key = f"events/{self._event_id}/{place}/{digest}.{kind.extension}"
        self._media(key, kind.make(name), kind.content_type)
        return f"{self._bases[base]}/{key}"
