"""Converters of columns whose values follow rules of their own. Pure."""

from collections.abc import Mapping

from openevent.catalogue.zones import find_zone
from openevent.importing.reading.lengths import read_length
from openevent.importing.reading.texts import shown
from openevent.importing.reading.values import Converter, Repaired

# The states of sessions that Open Event knows.
_STATES = frozenset(
    {"draft", "pending", "accepted", "confirmed", "rejected", "withdrawn", "canceled"}
)


def read_zone(value: object) -> object:
    """Return the name of a time zone, or a `Repaired`: UTC if there is no such zone."""
    zone, repaired = find_zone(value)
    if zone is None:
        detail = f"{shown(value)} is no time zone; UTC is used."
        return Repaired("UTC", "timezone-unknown", detail)
    if repaired:
        return Repaired(zone.key, "timezone-repaired", f"{shown(value)} is read as {zone.key}.")
    return zone.key


def read_state(value: object) -> object:
    """Return a session's state, or a `Repaired`: null if there is no such state."""
    if value is None or value == "":
        return None
    word = value.strip().lower() if isinstance(value, str) else ""
    if word in _STATES and word == value:
        return value
    if word in _STATES:
        return Repaired(word, "state-repaired", f"{shown(value)} is read as {word}.")
    return Repaired(None, "state-unknown", f"{shown(value)} is no state of a session.")


SPECIAL: Mapping[str, Mapping[str, Converter]] = {
    "events": {"timezone": read_zone},
    "sessions": {"state": read_state},
    "session_types": {"length": read_length},
}
