"""Rows of which an archive has only what sessions say of them: id and name. Pure.

Old archives lack session_types, and some lack rooms, but their sessions have them as objects with
both.
"""

from collections.abc import Iterable, Mapping

from openevent.importing.reading.json_rows import Document
from openevent.importing.reading.keys import kebab
from openevent.importing.reading.references import NoId, read_id

# The keys of sessions with such objects, and their tables.
_KEYS: Mapping[str, str] = {
    "track": "tracks",
    "microlocation": "microlocations",
    "session_type": "session_types",
}

_TABLE_OF_KEY: Mapping[str, str] = {
    spelling: table for key, table in _KEYS.items() for spelling in (key, kebab(key))
}

Names = Mapping[str, Mapping[int, str]]


def may_name(session: Document) -> bool:
    """Return whether sessions like this one refer to rows by objects, not by their ids alone."""
    return bool(_TABLE_OF_KEY.keys() & session.keys()) and not any(
        f"{key}_id" in session for key in _KEYS
    )


def names_in(sessions: Iterable[Document]) -> Names:
    """Return by table the names that sessions give to rows, by id. The first name counts."""
    found: dict[str, dict[int, str]] = {table: {} for table in _KEYS.values()}
    for session in sessions:
        for key, table in _TABLE_OF_KEY.items():
            value = session.get(key)
            if not isinstance(value, dict):
                continue
            name = value.get("name")
            if isinstance(name, str) and name.strip() and (row_id := _id(value)) is not None:
                found[table].setdefault(row_id, name)
    return found


def _id(value: Document) -> int | None:
    try:
        return read_id(value)
    except NoId:
        return None
