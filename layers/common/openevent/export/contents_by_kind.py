"""Contents of an archive by kind of file, as its job's record keeps them. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from json import loads

from openevent.jobs.record import Record


class ContentKind(StrEnum):
    """Kinds of files in archives, in the order in which people see them."""

    DATA = "data"
    IMAGES = "images"
    VIDEOS = "videos"
    AUDIO = "audio"
    DOCUMENTS = "documents"
    SCHEDULES = "schedules"
    TABLES = "tables"
    PAGES = "pages"


class KindRecord(Record):
    """The files of one kind: how many there are, and their size in bytes when unpacked."""

    files: int
    bytes: int


# Kinds by folder and, for files at the root, by name. All other files are data.
_FOLDERS: Mapping[str, ContentKind] = {
    "images": ContentKind.IMAGES,
    "videos": ContentKind.VIDEOS,
    "audios": ContentKind.AUDIO,
    "audio": ContentKind.AUDIO,
    "slides": ContentKind.DOCUMENTS,
    "tables": ContentKind.TABLES,
    "pages": ContentKind.PAGES,
}
_NAMES: Mapping[str, ContentKind] = {
    "schedule.ics": ContentKind.SCHEDULES,
    "schedule.xcs": ContentKind.SCHEDULES,
    "schedule.xml": ContentKind.SCHEDULES,
    "schedule.json": ContentKind.SCHEDULES,
    "index.html": ContentKind.PAGES,
    "README.txt": ContentKind.PAGES,
}


def kind_of(path: str) -> ContentKind:
    """Return the kind of the file at `path` in an archive."""
    folder, slash, _ = path.partition("/")
    known = _FOLDERS.get(folder) if slash else _NAMES.get(path)
    return known or ContentKind.DATA


class ContentsByKind:
    """Counts the files of an archive by kind."""

    def __init__(self) -> None:
        """Count nothing yet."""
        self._files: dict[ContentKind, int] = {}
        self._bytes: dict[ContentKind, int] = {}

    def paths_of(self, listed: Iterable[str]) -> Iterator[str]:
        """Yield the paths of `listed`, JSON objects with `path` and `size`, counting each file."""
        for line in listed:
            file = loads(line)
            kind = kind_of(file["path"])
            self._files[kind] = self._files.get(kind, 0) + 1
            self._bytes[kind] = self._bytes.get(kind, 0) + file["size"]
            yield file["path"]

    @property
    def counted(self) -> Mapping[str, KindRecord]:
        """The counts, without kinds that have no files."""
        return {
            kind.value: KindRecord(files=self._files[kind], bytes=self._bytes[kind])
            for kind in ContentKind
            if kind in self._files
        }
