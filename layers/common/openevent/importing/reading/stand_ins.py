"""Rows, files and values that archives for the generators of apps have where an event has none.

They are in no database (docs/webapp-dialect.md), so none of them is imported. Pure.
"""

from collections.abc import Mapping

from openevent.importing.source import Media, MediaFile

# Names of the placeholders for what a session needs, by table. Their id is 0.
_NAMES: Mapping[str, str] = {"tracks": "General", "microlocations": "Room to be announced"}

ID = 0

_PICTURES = frozenset({"images/placeholder.png", "images/sponsors/placeholder.png"})

CODE = "stand-in-removed"
DETAIL = "It is the archive's placeholder, so the field is empty now."


def is_row(table: str, row_id: int | None, name: object, *, certainly: bool) -> bool:
    """Return whether a row is a placeholder: by its id if the dialect `certainly` has some.

    Otherwise, its name must be the placeholder's, too.
    """
    return table in _NAMES and row_id == ID and (certainly or name == _NAMES[table])


def is_picture(value: object, media: Media | None) -> bool:
    """Return whether `media`, which `value` names, is a placeholder, or `value` is a picture."""
    if isinstance(media, MediaFile):
        return media.path in _PICTURES
    return isinstance(value, str) and value.startswith("data:image/")
