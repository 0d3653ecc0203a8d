"""The time zone of an event that is exported."""

from zoneinfo import ZoneInfo

from openevent.adapters.database import Rows
from openevent.catalogue.zones import find_zone
from openevent.rights.events import Event


def zone_of(session: Rows, event: Event) -> ZoneInfo | None:
    """Return the event's time zone; None if it has none, or one that is not known."""
    if not session.schema.has("events", "timezone"):
        return None
    [[timezone]] = session.rows("SELECT timezone FROM events WHERE id = %s", event.id)
    zone, _ = find_zone(timezone)
    return zone
