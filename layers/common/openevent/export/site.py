"""The pages of an archive: its event as a small site, and README.txt."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import IO, Any

from openevent.archive.writer import Archive
from openevent.catalogue.files import FILES as DATA_FILES
from openevent.catalogue.privacy import kind_of
from openevent.export.addresses import Addresses
from openevent.export.findings import Findings
from openevent.export.job import Job
from openevent.export.repairs import RepairKind
from openevent.export.skipped_list import SkippedList
from openevent.rights.events import Event
from openevent.site.about import NAMED, READ_ME, About, Listed
from openevent.site.content import Content
from openevent.site.kept import KeptRows
from openevent.site.layout import INDEX, Here, Layout
from openevent.site.model import Note
from openevent.site.read_me import read_me
from openevent.site.survey import FILES, Survey

_REPAIRS = {
    RepairKind.REFERENCE_DROPPED: "it referred to something that is deleted, and is empty now",
    RepairKind.DATE_DROPPED: "the date was outside the calendar, and is empty now",
    RepairKind.TIMEZONE_REPLACED: "the time zone is unknown, so times are in UTC",
}

# Rows and their media files, as people call them.
_KINDS = {
    "event": "The event",
    "sessions": "Session",
    "speakers": "Speaker",
    "sponsors": "Sponsor",
}
_MEDIA = {
    "logo_url": "the logo was",
    "original_image_url": "the background was",
    "photo_url": "the portrait was",
    "slides_url": "the slides were",
    "audio_url": "the sound recording was",
    "video_url": "the video was",
}

# Files whose rows the pages name, and their tables. People know no links between other rows.
_NAMED = {
    file.name: file.table for file in DATA_FILES if file.name in FILES - {"speakers_sessions"}
}

# Texts of rows in UTF-8; a batch is valid until the next.
_Batches = Iterable[Sequence[bytes | memoryview]]


class SiteRows:
    """Rows that the pages are made from, kept until the archive's media is fetched.

    Without pages, none are.
    """

    def __init__(self, spool: IO[bytes], *, has_pages: bool) -> None:
        """`spool`: an empty file."""
        self.kept = KeptRows(spool)
        self.has_pages = has_pages
        self._wanted = FILES if has_pages else frozenset()

    def passing(self, file: str, batches: _Batches) -> _Batches:
        """Return the batches of a file's rows; those that pass are kept."""
        return self._passing(file, batches) if file in self._wanted else batches

    def keep(self, file: str, text: bytes, placed: Sequence[str]) -> None:
        """Keep a row. `placed`: its columns with the path of a file in the archive."""
        if file in self._wanted:
            self.kept.add(file, text, placed)

    def _passing(self, file: str, batches: _Batches) -> Iterator[Sequence[bytes | memoryview]]:
        for batch in batches:
            for text in batch:
                self.kept.add(file, text)
            yield batch


def add_pages(  # noqa: PLR0913 - what an archive consists of
    archive: Archive,
    job: Job,
    event: Event,
    rows: SiteRows,
    *,
    addresses: Addresses,
    findings: Findings,
    skipped: SkippedList,
) -> None:
    """Append the pages and README.txt, behind all files that they name."""
    # Functions that only read an archive's record do not load templates.
    from openevent.site.write import Pages  # noqa: PLC0415

    survey = Survey(rows.kept)
    layout = Layout(survey)
    content = Content(survey, layout, root=addresses.server, page=addresses.page_of(event))
    names = _Names(survey)
    about = About(
        made_at=datetime.fromisoformat(job.created_at),
        privacy=job.options.privacy,
        skipped=list(islice(names.skipped(map(json.loads, skipped.lines())), NAMED)),
        skipped_count=skipped.count,
        repaired=list(islice(names.repaired(findings.first()), NAMED)),
        repaired_count=findings.repairs.total(),
        files=[Listed(one["path"], one["size"]) for one in map(json.loads, archive.listed())],
    )
    for path, pieces in Pages(content, about).all():
        _add(archive, path, pieces)
    _add(archive, READ_ME, [read_me(content.event(Here(INDEX)), survey, layout, about)])


def _add(archive: Archive, path: str, pieces: Iterable[str]) -> None:
    with archive.data_file(path) as file:
        for piece in pieces:
            file.write(piece)


class _Names:
    """Names of the rows that pages show, for what was skipped and repaired in them.

    What was skipped or repaired elsewhere is not for everyone: the manifest alone names it.
    """

    def __init__(self, survey: Survey) -> None:
        self._survey = survey

    def skipped(self, lines: Iterable[Mapping[str, Any]]) -> Iterator[Note]:
        """Describe the media files that were skipped, of those that everyone may know of."""
        for line in filter(self._is_public, lines):
            field = line["field"]
            what = _MEDIA.get(field, f"{field} was")
            yield Note(what, self._where(line), line["detail"], line["address"])

    def repaired(self, lines: Iterable[Mapping[str, Any]]) -> Iterator[Note]:
        """Describe the values that were repaired, of those that everyone may know of."""
        for line in filter(self._is_public, lines):
            kind = RepairKind(line["change"])
            yield Note(line["field"], self._where(line), _REPAIRS.get(kind, str(kind)))

    def _is_public(self, line: Mapping[str, Any]) -> bool:
        """Return whether the pages show the row, and a public archive the field."""
        file, id_ = line["file"], line["id"]
        if file not in _NAMED or kind_of(_NAMED[file], line["field"], text=False) is not None:
            return False
        match file:
            case "sessions":
                return self._survey.find(id_) is not None
            case "speakers":
                return id_ in self._survey.speakers
        # Tickets can be hidden, but nothing of them can be skipped or repaired.
        return True

    def _where(self, line: Mapping[str, object]) -> str:
        file, id_ = str(line["file"]), line["id"]
        kind = _KINDS.get(file, file)
        name = self._name(file, id_)
        if file == "event":
            return kind
        return f"{kind} {name or id_}"

    def _name(self, file: str, id_: object) -> str | None:
        if not isinstance(id_, int):
            return None
        if file == "sessions":
            entry = self._survey.find(id_)
            return None if entry is None else f"“{entry.title}”"
        speaker = self._survey.speakers.get(id_) if file == "speakers" else None
        return None if speaker is None else speaker.name
