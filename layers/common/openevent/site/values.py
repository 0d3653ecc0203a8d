"""Values of an archive's rows, as their columns mean them. Pure."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import quote

Values = Mapping[str, object]

# Years that can be shown in every time zone.
_FIRST, _LAST = 2, 9997


def number(value: object) -> int:
    """Return an integer; 0 if the value is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def amount(value: object) -> float:
    """Return a finite number that is not negative; 0 if the value is none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return 0.0
    return float(value) if math.isfinite(value) and value > 0 else 0.0


def moment(value: object) -> datetime | None:
    """Return a moment in UTC, in whole seconds, of ISO text; None if it is none."""
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    if not _FIRST <= found.year <= _LAST:
        return None
    return found.replace(tzinfo=found.tzinfo or UTC, microsecond=0).astimezone(UTC)


def coordinates(values: Values) -> tuple[float, float] | None:
    """Return latitude and longitude in degrees; None if they are no place on earth."""
    latitude, longitude = values.get("latitude"), values.get("longitude")
    if not isinstance(latitude, int | float) or not isinstance(longitude, int | float):
        return None
    on_earth = abs(latitude) <= 90 and abs(longitude) <= 180  # noqa: PLR2004 - degrees
    # Forms without a place have zeros, which are in the sea.
    return (float(latitude), float(longitude)) if on_earth and (latitude or longitude) else None


def path_href(path: str) -> str:
    """Return the relative address of a file in the archive, of its path from the root."""
    return quote(path, safe="/")
