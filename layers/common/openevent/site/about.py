"""An archive as its pages explain it: its files, and the things that were left out. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from openevent.catalogue.files import MANIFEST_FILE
from openevent.catalogue.privacy import Privacy
from openevent.site.layout import Here, Layout
from openevent.site.model import FileGroup, Note
from openevent.site.spelling import count_text, size_text

# Skipped and repaired things that a page names; the manifest has all.
NAMED = 100

READ_ME = "README.txt"

# For whom an archive is, by its privacy.
READERS: Mapping[Privacy, str] = {
    Privacy.FULL: (
        "It has all data of the event, also what people gave to the organizers alone. Do not "
        "publish it."
    ),
    Privacy.TEAM: (
        "It is for the event's team, and has ways to reach people. It has no payment details. Do "
        "not publish it."
    ),
    Privacy.PUBLIC: "It has what the event shows to anyone, so it may be published.",
}

_SCHEDULES = {
    "schedule.ics": "The programme for calendars (iCalendar).",
    "schedule.xcs": "The programme for programs that read xCal.",
    "schedule.xml": "The programme for conference apps (schedule.xml).",
    "schedule.json": "The programme for web pages and c3voc's tools (schedule.json).",
}
_FOLDERS = {
    "audios": "Sound recordings of sessions.",
    "images": "Logo, background, portraits and sponsors' logos.",
    "pages": "Further pages, which index.html links to.",
    "slides": "Slides of sessions.",
    "tables": "Tables: one workbook for spreadsheets, and a CSV file for each table.",
    "videos": "Videos of sessions.",
}
_DATA = "Data for programs, and for an import. They have no extension."
_OTHER = "Further files."


@dataclass(frozen=True, slots=True)
class Listed:
    """A file of the archive: its path from the root, and its bytes."""

    path: str
    size: int


@dataclass(frozen=True, slots=True)
class About:
    """Facts about an archive beside its event.

    `made_at`: when it was requested. `skipped` and `repaired`: the first of each in what everyone
    may know of; the counts are of all. `files`: those that were written before the pages.
    """

    made_at: datetime
    privacy: Privacy
    skipped: Sequence[Note]
    skipped_count: int
    repaired: Sequence[Note]
    repaired_count: int
    files: Sequence[Listed]


def file_groups(files: Iterable[Listed], layout: Layout, here: Here) -> list[FileGroup]:
    """Return the archive's files, in groups that need one explanation each."""
    groups: dict[str, list[Listed]] = {}
    for file in files:
        folder, is_inside, _ = file.path.partition("/")
        name = file.path
        if is_inside:
            name = f"{folder}/"
        elif "." not in file.path:
            name = ""
        groups.setdefault(name, []).append(file)
    made = [FileGroup("index.html", here.file("index.html"), "The event on a page.")]
    if len(layout.paths()) > 1:
        pages = len(layout.paths()) - 1
        made.append(FileGroup("pages/", None, _FOLDERS["pages"], count=_files(pages)))
    made += [_group(name, groups[name], here) for name in sorted(groups, key=_order)]
    read_me = "What is what, as text."
    made.append(FileGroup(READ_ME, here.file(READ_ME), read_me))
    manifest = "All files with their sizes and checksums, and all that was skipped or repaired."
    made.append(FileGroup(MANIFEST_FILE, here.file(MANIFEST_FILE), manifest))
    return made


def _group(name: str, files: Sequence[Listed], here: Here) -> FileGroup:
    size = size_text(sum(file.size for file in files))
    if not name:
        names = ", ".join(sorted(file.path for file in files))
        return FileGroup("JSON files", None, _DATA, size, _files(len(files)), names)
    if name.endswith("/"):
        text = _FOLDERS.get(name.removesuffix("/"), _OTHER)
        workbook = next((file.path for file in files if file.path.endswith(".xlsx")), None)
        href = None if workbook is None else here.file(workbook)
        return FileGroup(name, href, text, size, _files(len(files)))
    return FileGroup(name, here.file(name), _SCHEDULES.get(name, _OTHER), size)


def _files(count: int) -> str:
    return count_text(count, "file", "files")


def _order(name: str) -> tuple[int, str]:
    """Order folders of media last, and data before them."""
    if not name:
        return 2, name
    if name == "tables/":
        return 0, name
    return (3, name) if name.endswith("/") else (1, name)
