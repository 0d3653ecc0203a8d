"""The files of an archive with the event's programme, for calendars and conference apps."""

from openevent.adapters.database import Rows
from openevent.archive.writer import Archive
from openevent.catalogue.privacy import Privacy
from openevent.export.addresses import Addresses
from openevent.export.event_zone import zone_of
from openevent.export.findings import Findings
from openevent.export.repairs import Repair, RepairKind
from openevent.programme.formats import FORMATS
from openevent.programme.model import Programme, Site
from openevent.programme.read import read_programme
from openevent.rights.events import Event


def read_schedule(
    session: Rows, event: Event, privacy: Privacy, addresses: Addresses, findings: Findings
) -> Programme:
    """Read the event's programme. `findings` gets what is repaired in it."""
    note_timezone(session, event, findings)
    site = Site(addresses.server, addresses.page_of(event))
    return read_programme(session, event, privacy, site)


def note_timezone(session: Rows, event: Event, findings: Findings) -> None:
    """Write down that the schedules' times are in UTC, if the event's time zone is unknown."""
    if zone_of(session, event) is None:
        findings.repair(Repair(RepairKind.TIMEZONE_REPLACED, "schedule", event.id, "timezone"))
        findings.note_unknown_timezone()


def add_schedules(archive: Archive, programme: Programme) -> None:
    """Append the files of the programme, one for each format."""
    for written in FORMATS.values():
        with archive.data_file(written.name) as file:
            file.write(written.write(programme))
