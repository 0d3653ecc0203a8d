"""Time zones by the names that people typed. Pure.

The names are those of the tz database in the package `tzdata`, which is deployed with the
functions. Some are old ones, such as `US/Pacific`.
"""

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

_US = {
    "eastern": "America/New_York",
    "central": "America/Chicago",
    "mountain": "America/Denver",
    "pacific": "America/Los_Angeles",
    "alaska": "America/Anchorage",
    "alaskan": "America/Anchorage",
    "hawaii": "Pacific/Honolulu",
    "hawaiian": "Pacific/Honolulu",
    # CLDR's metazone of this name has Honolulu as its first zone.
    "hawaii-aleutian": "Pacific/Honolulu",
}

# Names that are not in the tz database, in lower case. Abbreviations such as `ist` or `cst`, which
# name several zones, are not here.
_ALIASES: Mapping[str, str] = {
    **_US,
    **{
        f"{name}_{end}": zone
        for name, zone in _US.items()
        for end in ("time", "standard_time", "daylight_time", "time_(us_&_canada)")
    },
    # Names that older versions of the tz database had.
    "us/pacific-new": "America/Los_Angeles",
    "canada/east-saskatchewan": "America/Regina",
    # Names of Windows' zones (CLDR, windowsZones) where Open Event's users are most.
    "w._europe_standard_time": "Europe/Berlin",
    "central_europe_standard_time": "Europe/Budapest",
    "central_european_standard_time": "Europe/Warsaw",
    "romance_standard_time": "Europe/Paris",
    "gmt_standard_time": "Europe/London",
    "gtb_standard_time": "Europe/Bucharest",
    "fle_standard_time": "Europe/Kyiv",
    "india_standard_time": "Asia/Kolkata",
    "singapore_standard_time": "Asia/Singapore",
    "se_asia_standard_time": "Asia/Bangkok",
    "china_standard_time": "Asia/Shanghai",
    "tokyo_standard_time": "Asia/Tokyo",
    "aus_eastern_standard_time": "Australia/Sydney",
    "coordinated_universal_time": "UTC",
}

_AROUND_SLASH = re.compile(r"\s*/\s*")
_SPACES = re.compile(r"\s+")


def find_zone(text: object) -> tuple[ZoneInfo | None, bool]:
    """Return the time zone that `text` names, and whether its name had to be repaired.

    A name is repaired if it has spaces around its slash or for its underscores, has the wrong case,
    or is a known alias: `US / Pacific` is `US/Pacific`. The right name is the zone's `key`.
    (None, False) if it cannot be understood, or is no text.
    """
    if not isinstance(text, str):
        return None, False
    if text in _keys().values():
        return ZoneInfo(text), False
    name = _SPACES.sub("_", _AROUND_SLASH.sub("/", text.strip())).lower()
    key = _keys().get(name) or _ALIASES.get(name)
    return (ZoneInfo(key), True) if key else (None, False)


@cache
def _keys() -> Mapping[str, str]:
    """Return the names of all zones, by the same in lower case."""
    names = files("tzdata").joinpath("zones").read_text(encoding="ascii").split()
    return {name.lower(): name for name in names}
