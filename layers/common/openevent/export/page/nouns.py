"""Names of what exports make and contain, as people know them. Pure."""

from collections.abc import Mapping

from openevent.catalogue.files import Dialect
from openevent.catalogue.privacy import Privacy
from openevent.catalogue.table import MediaKind
from openevent.export.job import Job
from openevent.export.options import Options
from openevent.export.readable import listed

# Files that are made alone, by the ends of their names.
_FILES: Mapping[str, str] = {
    "ics": "calendar",
    "xcs": "calendar",
    "xml": "schedule",
    "json": "schedule",
    "csv": "table",
}

_FORMATS: Mapping[str, str] = {
    "ics": "The event's programme as iCalendar, for calendars",
    "xcs": "The event's programme as xCal, for calendars",
    "xml": "The event's programme as schedule.xml, for conference apps",
    "json": "The event's programme as schedule.json, for conference apps",
}

_MEDIA: Mapping[MediaKind, str] = {
    MediaKind.IMAGE: "images",
    MediaKind.VIDEO: "videos",
    MediaKind.AUDIO: "audio",
    MediaKind.DOCUMENT: "documents",
}

_SCOPES: Mapping[Privacy, str] = {
    Privacy.FULL: "All data of the event",
    Privacy.TEAM: "The event's data for the team",
    Privacy.PUBLIC: "The event's public data",
}

_ROWS: Mapping[str, str] = {
    "event": "Event",
    "sessions": "Session",
    "speakers": "Speaker",
    "sponsors": "Sponsor",
    "tracks": "Track",
    "microlocations": "Room",
    "exhibitors": "Exhibitor",
}

_FIELDS: Mapping[str, str] = {
    "logo_url": "logo",
    "original_image_url": "header image",
    "photo_url": "photo",
    "slides_url": "slides",
    "video_url": "video",
    "audio_url": "audio",
}


def noun_of(job: Job) -> str:
    """Return the noun for what the job makes: `archive`, or the kind of a single file."""
    return "archive" if job.makes_archive else _FILES.get(job.format, "file")


def contents_of(job: Job) -> str:
    """Return what the job was asked for: `All data of the event, with images and documents`."""
    if job.table is not None:
        rows = f"The event's {job.table.name}"
        which = "" if job.table.status is None else f", {job.table.status.replace('_', ' ')}"
        return f"{rows}{which}, for spreadsheets"
    if job.schedule is not None:
        return _FORMATS.get(str(job.schedule), f"A {noun_of(job)} of the event")
    options = job.options
    media = [name for kind, name in _MEDIA.items() if options.wants(kind)]
    parts = [_SCOPES[options.privacy], f"with {listed(media)}" if media else "without media files"]
    if options.dialect is Dialect.WEBAPP:
        parts.append("for the event's web and Android apps")
    if options.purpose is not None:
        parts.append("for the import into an Open Event server")
    return ", ".join(parts)


def is_personal(options: Options) -> bool:
    """Return whether the archive can contain data about people that is not public."""
    return options.privacy is not Privacy.PUBLIC


def place_of(file: str, row_id: int | str | None, field: str) -> str:
    """Return the name of a field in the event's data: `Speaker 6, photo`."""
    row = _ROWS.get(file, file.replace("_", " ").capitalize())
    named = row if row_id is None or file == "event" else f"{row} {row_id}"
    return f"{named}, {_FIELDS.get(field, field.replace('_', ' '))}"
