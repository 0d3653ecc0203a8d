"""JSON of an archive as PostgreSQL can hold it. Pure."""

import math
from collections.abc import Mapping

from openevent.importing.reading.texts import is_short, is_storable, storable


def clean_json(value: object, depth: int) -> tuple[object, bool]:
    """Return `value` without what PostgreSQL's JSON cannot hold, and whether that changed it.

    Raises RecursionError if it is nested deeper than `depth`.
    """
    match value:
        case str():
            return (value, False) if is_storable(value) else (storable(value), True)
        case float():
            return (value, False) if math.isfinite(value) else (None, True)
        case int() if not isinstance(value, bool) and not is_short(value):
            return None, True
        case list() | dict() if depth == 0:
            raise RecursionError
        case list():
            cleaned = [clean_json(one, depth - 1) for one in value]
            return [one for one, _ in cleaned], any(changed for _, changed in cleaned)
        case dict():
            return _clean_object(value, depth)
    return value, False


def _clean_object(value: Mapping[str, object], depth: int) -> tuple[object, bool]:
    made: dict[str, object] = {}
    changed = False
    for key, one in value.items():
        made[storable(key)], other = clean_json(one, depth - 1)
        changed = changed or other or not is_storable(key)
    return made, changed
