"""Files of an archive by the names that its dialects give them, whatever folder they are in."""

import io
from collections.abc import Iterator
from typing import BinaryIO

from openevent.catalogue.files import MANIFEST_FILE
from openevent.importing.reading.limits import Limits
from openevent.importing.reading.manifest import Manifest, read_manifest
from openevent.importing.reading.random_access import RandomAccess
from openevent.importing.reading.zip_directory import ZipEntry, read_directory
from openevent.importing.reading.zip_entry import EntryStream
from openevent.importing.source import ArchiveRefused

EVENT_FILE = "event"

# What programs add to ZIP files, the old app's configuration, and what our exports derive from the
# rows for other programs.
_NOT_DATA = frozenset(
    {
        *(".DS_Store", "Thumbs.db", "desktop.ini", "config.json"),
        *("schedule.ics", "schedule.xcs", "schedule.xml", "schedule.json"),
        *("index.html", "README.txt"),
    }
)


class Entries:
    """The files of an archive, each at its path from the folder in which `event` is."""

    def __init__(self, file: BinaryIO, limits: Limits) -> None:
        """`file`: seekable. Raises `ArchiveRefused` if it is no archive of an event."""
        self._access = RandomAccess(file)
        self._limits = limits
        found = read_directory(self._access, limits)
        self.folder = _folder(found)
        self._entries: dict[str, ZipEntry] = {
            name.removeprefix(self.folder): entry
            for name, entry in found.items()
            if name.startswith(self.folder)
        }
        self.manifest = self._read_manifest()

    def __contains__(self, name: object) -> bool:
        """Return whether the archive has the file `name`."""
        return name in self._entries

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names of all files."""
        return iter(self._entries)

    def __len__(self) -> int:
        """Return the number of files."""
        return len(self._entries)

    def data_names(self) -> list[str]:
        """Return the files that are in no folder, but for those that are not data."""
        return [name for name in self._entries if "/" not in name and name not in _NOT_DATA]

    def size(self, name: str) -> int:
        """Return the bytes of a file, by the archive's directory."""
        return self._entries[name].size

    def open_data(self, name: str) -> EntryStream:
        """Open a JSON file. Raises `ArchiveRefused` if it is too large."""
        if self.size(name) > self._limits.data_bytes:
            raise ArchiveRefused(
                "file-too-large",
                f'The file "{name}" has {self.size(name)} bytes; '
                f"at most {self._limits.data_bytes} are read.",
            )
        return self.open(name)

    def open(self, name: str) -> EntryStream:
        """Open a file. Raises `ArchiveRefused` if its header is wrong."""
        digests = self.manifest.digests if self.manifest is not None else {}
        return EntryStream(self._access, self._entries[name], digests.get(name))

    def _read_manifest(self) -> Manifest | None:
        self.manifest = None
        if MANIFEST_FILE not in self._entries:
            return None
        if self.size(MANIFEST_FILE) > self._limits.manifest_bytes:
            raise ArchiveRefused("manifest-too-large", "The archive's manifest.json is too large.")
        with io.BufferedReader(self.open(MANIFEST_FILE)) as stream:
            manifest = read_manifest(stream.read(), len(self._entries), self._limits)
        if manifest is not None:
            self._check_complete(manifest)
        return manifest

    def _check_complete(self, manifest: Manifest) -> None:
        """Raise `ArchiveRefused` if a data file is missing that the manifest names."""
        for path in manifest.digests:
            if not {"/", "."} & set(path) and path not in self._entries:
                raise ArchiveRefused(
                    "manifest-differs",
                    f'The archive lacks the file "{path[:80]}", which manifest.json names. Upload '
                    "the whole archive, or remove manifest.json from it and import it again.",
                )


def _folder(entries: dict[str, ZipEntry]) -> str:
    """Return the folder of `event`, with a slash at its end; "" if it is in none."""
    if EVENT_FILE in entries:
        return ""
    found = [
        name.removesuffix(EVENT_FILE)
        for name in entries
        if name.endswith(f"/{EVENT_FILE}") and name.count("/") == 1
    ]
    if len(found) == 1:
        return found[0]
    raise ArchiveRefused(
        "event-missing",
        f'The archive has {"no" if not found else "more than one"} file "{EVENT_FILE}". '
        "It must be a ZIP file that Open Event exported.",
    )
