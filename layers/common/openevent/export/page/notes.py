"""Remarks about an archive: what was skipped, repaired or missing, and how to correct it. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from openevent.export.job import ArchiveRecord, SkippedMedia
from openevent.export.page.model import Note, Notes, Place
from openevent.export.page.nouns import place_of
from openevent.export.readable import counted, listed
from openevent.export.repairs import RepairKind
from openevent.media.skipped import TEXTS, Reason

# Tables and columns that a sentence names; the others are counted.
NAMED = 5

ARCHIVE = "archive"
_MANIFEST = "manifest.json in the archive names all of them."

_CORRECT = "Upload the file in Open Event, or correct its address there. Then export again."
_LATER = "This can be temporary: export again later. Otherwise upload the file in Open Event."
_OPERATOR = "Please contact the operator of this server, who can change this."

# How people correct each reason for which a media file was skipped.
SKIP_ADVICE: Mapping[Reason, str] = {
    Reason.ACCESS_DENIED: _OPERATOR,
    Reason.ADDRESS_INVALID: _CORRECT,
    Reason.ADDRESS_NOT_PUBLIC: _CORRECT,
    Reason.CHANGING: "Export again when the file is not changed at the same time.",
    Reason.EMPTY: _CORRECT,
    Reason.ENCODED: _CORRECT,
    Reason.FORBIDDEN_KEY: "Upload the file to this event. Then export again.",
    Reason.HOST_FAILED: _LATER,
    Reason.HOST_UNKNOWN: _CORRECT,
    Reason.HTTP_STATUS: _CORRECT,
    Reason.NO_ROOM: "Export fewer kinds of media at a time.",
    Reason.NOT_FOUND: _CORRECT,
    Reason.TIMED_OUT: "Export again, with fewer kinds of media at a time.",
    Reason.TOO_LARGE: "Upload a smaller file in Open Event. Then export again.",
    Reason.TOO_MANY_REDIRECTS: _CORRECT,
    Reason.TOO_SLOW: _LATER,
    Reason.TOTAL_TOO_LARGE: "Export fewer kinds of media at a time.",
    Reason.UNREACHABLE: _LATER,
    Reason.UNREADABLE: "Upload a PNG, JPEG or MP3 file in Open Event. Then export again.",
    Reason.WEB_PAGE: _CORRECT,
}

_NOTHING = (
    "The event itself is unchanged. Correct it in Open Event if you want to decide it yourself."
)

# Each kind of repair: for one, for several, and how people correct it in the event.
REPAIR_TEXTS: Mapping[RepairKind, tuple[str, str, str]] = {
    RepairKind.REFERENCE_DROPPED: (
        "1 reference to something that was deleted is left out.",
        "{count} references to something that was deleted are left out.",
        "You need not do anything.",
    ),
    RepairKind.DATE_DROPPED: (
        "1 date that no calendar has is empty.",
        "{count} dates that no calendar has are empty.",
        "Enter the right dates in Open Event. Then export again.",
    ),
    RepairKind.SESSION_DROPPED: (
        "1 session with a date that no calendar has is left out.",
        "{count} sessions with dates that no calendar has are left out.",
        "Enter the right dates in Open Event. Then export again.",
    ),
    RepairKind.TRACK_REPLACED: (
        "1 session without a track is in the track General.",
        "{count} sessions without a track are in the track General.",
        "Give each session a track in Open Event.",
    ),
    RepairKind.ROOM_REPLACED: (
        "1 session without a room is in a room to be announced.",
        "{count} sessions without a room are in a room to be announced.",
        "Give each session a room in Open Event.",
    ),
    RepairKind.TIMEZONE_REPLACED: (
        "The event's time zone is unknown, so times are in UTC.",
        "The event's time zone is unknown, so times are in UTC.",
        "Choose a time zone in the event's settings. Then export again.",
    ),
    RepairKind.TIMEZONE_RENAMED: (
        "The event's time zone has the name that programs know.",
        "The event's time zone has the name that programs know.",
        "You need not do anything.",
    ),
    RepairKind.COLOR_REPLACED: (
        "1 colour that cannot be read is grey.",
        "{count} colours that cannot be read are grey.",
        "Choose the colours in Open Event again.",
    ),
    RepairKind.NAME_REPLACED: (
        "1 name that the apps cannot use is replaced.",
        "{count} names that the apps cannot use are replaced.",
        "Enter other names in Open Event, without slashes.",
    ),
    RepairKind.MARKUP_STRIPPED: (
        "1 text has lost formatting that the apps do not show.",
        "{count} texts have lost formatting that the apps do not show.",
        _NOTHING,
    ),
    RepairKind.LINK_COMPLETED: (
        "1 link is completed to a full address.",
        "{count} links are completed to full addresses.",
        _NOTHING,
    ),
    RepairKind.LINK_DROPPED: (
        "1 link that no browser should open is left out.",
        "{count} links that no browser should open are left out.",
        "Enter web addresses in Open Event, which begin with https://.",
    ),
    RepairKind.VIDEO_DROPPED: (
        "1 video that is not on YouTube is left out, because the apps show no other.",
        "{count} videos that are not on YouTube are left out, because the apps show no others.",
        "Enter addresses of videos on YouTube in Open Event.",
    ),
    RepairKind.PICTURE_REPLACED: (
        "1 missing logo is replaced by a placeholder.",
        "{count} missing logos are replaced by placeholders.",
        "Upload the logos in Open Event. Then export again.",
    ),
}

_CELLS = "The data files of the archive have all of it."

# Each code of a warning: for one place, for several, and what follows from it.
_WARNINGS: Mapping[str, tuple[str, str, str]] = {
    "cell-cut": (
        "1 text is too long for a spreadsheet, and is cut in the tables: {places}.",
        "{count} texts are too long for a spreadsheet, and are cut in the tables: {places}.",
        _CELLS,
    ),
    "date-unreadable": (
        "1 date that no calendar has is empty in the tables: {places}.",
        "{count} dates that no calendar has are empty in the tables: {places}.",
        "Enter the right dates in Open Event. Then export again.",
    ),
    "value-unreadable": (
        "1 value cannot be shown in the tables: {places}.",
        "{count} values cannot be shown in the tables: {places}.",
        "Correct this in Open Event. Then export again.",
    ),
    "more-cells": (
        "1 more value cannot be shown in the tables.",
        "{count} more values cannot be shown in the tables.",
        "Correct those that are named above first.",
    ),
    "table-missing": (
        "The server's database lacks 1 table, so the archive has nothing of it: {places}.",
        "The server's database lacks {count} tables, so the archive has nothing of them: {places}.",
        "You need not do anything: versions of the server differ.",
    ),
    "column-missing": (
        "The server's database lacks 1 field, so the archive has nothing of it: {places}.",
        "The server's database lacks {count} fields, so the archive has nothing of them: {places}.",
        "You need not do anything: versions of the server differ.",
    ),
    "table-unknown": (
        "The server's database has 1 table that exports do not know: {places}.",
        "The server's database has {count} tables that exports do not know: {places}.",
        "If the event needs them, please contact the operator of this server.",
    ),
    "media-bucket-unused": (
        "None of the media files is in the server's own storage.",
        "None of the media files is in the server's own storage.",
        "If images are missing in the archive, please contact the operator of this server.",
    ),
    "timezone-unknown": (
        "The event's time zone is unknown, so times in calendars and schedules are in UTC.",
        "The event's time zone is unknown, so times in calendars and schedules are in UTC.",
        "Choose a time zone in the event's settings. Then export again.",
    ),
}


def notes_of(archive: ArchiveRecord, noun: str = ARCHIVE) -> tuple[Notes, ...]:
    """Return what people should know about the archive, by sort; empty if it lacks nothing.

    `noun`: what it is called. A file that is no archive has no manifest.
    """
    manifest = _MANIFEST if noun == ARCHIVE else ""
    sorts = {
        f"Not in the {noun}": tuple(_skipped(archive, manifest)),
        f"Repaired in the {noun}": tuple(_repaired(archive.repaired, manifest)),
        "Good to know": tuple(_warnings(archive)),
    }
    return tuple(Notes(heading, notes) for heading, notes in sorts.items() if notes)


def _skipped(archive: ArchiveRecord, manifest: str) -> Iterable[Note]:
    """Yield a note for each reason, and one for the media files without a name."""
    by_reason: dict[str, list[SkippedMedia]] = {}
    for media in archive.skipped:
        by_reason.setdefault(media.reason, []).append(media)
    for reason, group in by_reason.items():
        yield _skip_note(reason, group)
    more = archive.skipped_count - len(archive.skipped)
    if more > 0:
        yield Note(f"{counted(more, 'more media file')} could not be fetched.", manifest)


def _skip_note(reason: str, group: Sequence[SkippedMedia]) -> Note:
    known = reason in set(Reason)
    text = TEXTS[Reason(reason)] if known else group[0].detail
    places = tuple(
        Place(
            place_of(media.file, media.id, media.field),
            media.address,
            media.detail.removeprefix(text).strip(" ()") if known else "",
        )
        for media in group
    )
    return Note(
        f"{counted(len(group), 'media file')}: {text}.",
        SKIP_ADVICE[Reason(reason)] if known else _CORRECT,
        places,
    )


def _repaired(repaired: Mapping[str, int], manifest: str) -> Iterable[Note]:
    for change, count in repaired.items():
        if change not in set(RepairKind):
            yield Note(f"{counted(count, 'repair')}: {change}.", _NOTHING, (), manifest)
            continue
        one, several, advice = REPAIR_TEXTS[RepairKind(change)]
        text = one if count == 1 else several.format(count=f"{count:,}")
        yield Note(text, advice, (), manifest if count > 1 else "")


def _warnings(archive: ArchiveRecord) -> Iterable[Note]:
    """Yield a note for each code, with the tables and columns that it is about."""
    by_code: dict[str, list[str]] = {}
    counts: Counter[str] = Counter()
    details: dict[str, str] = {}
    for warning in archive.warnings:
        code, count = warning.get("code", ""), warning.get("count", "")
        counts[code] += int(count) if count.isdecimal() else 1
        details.setdefault(code, warning.get("detail", ""))
        by_code.setdefault(code, []).append(_place_of(warning))
    if RepairKind.TIMEZONE_REPLACED in archive.repaired:
        # The repair says the same.
        by_code.pop("timezone-unknown", None)
    for code, found in by_code.items():
        if code not in _WARNINGS:
            yield Note(details[code] or f"The export has a remark: {code}.", "")
            continue
        one, several, advice = _WARNINGS[code]
        more = [f"{len(found) - NAMED} more"] if len(found) > NAMED else []
        places_text = listed([*found[:NAMED], *more])
        text = one if counts[code] == 1 else several
        yield Note(text.format(count=f"{counts[code]:,}", places=places_text), advice)


def _place_of(warning: Mapping[str, str]) -> str:
    """Return a column, as the database names it, or a row's, as people do."""
    table, column = warning.get("table", ""), warning.get("column", "")
    if "id" in warning:
        return place_of(table, warning["id"], column)
    return ".".join(filter(None, (table, column)))
