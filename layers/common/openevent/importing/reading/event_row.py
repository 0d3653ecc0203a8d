"""The row of the event, without which nothing can be imported. Pure."""

from datetime import tzinfo
from zoneinfo import ZoneInfo

from openevent.catalogue.zones import find_zone
from openevent.importing.reading import stand_ins
from openevent.importing.reading.event_file import EventParts, value_of
from openevent.importing.reading.json_rows import Document
from openevent.importing.reading.notes import Notes
from openevent.importing.reading.references import NoId, read_id
from openevent.importing.reading.row_reader import RowReader
from openevent.importing.reading.special import read_zone
from openevent.importing.reading.table_rows import note_order
from openevent.importing.reading.values import Repaired
from openevent.importing.source import ArchiveRefused, RemarkKind, SourceRow

_TIMEZONE = "timezone"


def zone_of(event: Document) -> tzinfo:
    """Return the event's time zone; UTC if it has none that can be understood."""
    return find_zone(value_of(event, _TIMEZONE))[0] or ZoneInfo("UTC")


def read_event(
    parts: EventParts, reader: RowReader, notes: Notes, identifier: str | None
) -> SourceRow:
    """Return the event's row.

    `identifier`: of the exported event, None if it is not known. Raises `ArchiveRefused` if the
    event has no name, or no start or end.
    """
    row = reader.read(parts.own, _id(parts.own), notes)
    if row is None:
        raise ArchiveRefused("event-incomplete", "The event belongs to a row that is missing.")
    row.names = {column: name for column, name in parts.names.items() if reader.has_column(column)}
    _check(row)
    if not row.values.get(_TIMEZONE) and reader.has_column(_TIMEZONE):
        zone = read_zone(None)
        if isinstance(zone, Repaired):
            row.values[_TIMEZONE] = zone.value
            detail = "The event has no time zone; UTC is used."
            notes.add(RemarkKind.REPAIRED, "timezone-missing", row.id, detail, _TIMEZONE)
    if reader.has_stand_ins and identifier:
        _remove_own_page(row, identifier, notes)
    note_order(row, notes)
    notes.finish()
    return row


def _id(event: Document) -> int | None:
    try:
        return read_id(event.get("id"))
    except NoId:
        return None


def _check(row: SourceRow) -> None:
    """Raise `ArchiveRefused` if the event lacks what cannot be guessed."""
    name = row.values.get("name")
    if not isinstance(name, str) or not name.strip():
        raise ArchiveRefused(
            "event-incomplete", "The event has no name. Add one to the archive's file event."
        )
    for column, what in (("starts_at", "start"), ("ends_at", "end")):
        if row.values.get(column) is None:
            raise ArchiveRefused(
                "event-incomplete",
                f"The event has no {what} that can be read as a date and time, so its sessions "
                f"have no place in time. Correct {column} in the archive's file event.",
            )


def _remove_own_page(row: SourceRow, identifier: str, notes: Notes) -> None:
    """Remove the address of tickets if it is the page of the exported event.

    The generators' dialect has it there if the event has no other.
    """
    address = row.values.get("ticket_url")
    if isinstance(address, str) and address.endswith(f"/e/{identifier}"):
        row.values["ticket_url"] = None
        detail = "The address was that of the exported event's own page."
        notes.add(RemarkKind.REPAIRED, stand_ins.CODE, row.id, detail, "ticket_url")
