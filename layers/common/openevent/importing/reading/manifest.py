"""The manifest of an archive that this project made: what the archive should contain."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from openevent.catalogue.files import FORMAT_VERSION, MANIFEST_FILE
from openevent.importing.reading import dialects
from openevent.importing.reading.json_rows import Document, JsonDamaged, read_object
from openevent.importing.reading.limits import Limits
from openevent.importing.source import ArchiveRefused

# Characters of JSON that begin or separate values, for each file of the archive and in general:
# how many values there can be is known before memory is taken for them.
_VALUES_PER_FILE, _VALUES = 8, 100_000


@dataclass(frozen=True, slots=True)
class Manifest:
    """`digests`: SHA-256 by path, or None where S3 knew the CRC-32 alone.

    `identifier`: of the event when it was exported. `withheld`: files, and fields as `file.key`.
    """

    dialect: dialects.ArchiveDialect
    digests: Mapping[str, str | None]
    identifier: str | None
    withheld: Sequence[str]


def read_manifest(data: bytes, entries: int, limits: Limits) -> Manifest | None:
    """Return what `manifest.json` says; None if it is a manifest of something else.

    `entries`: number of the archive's files. Raises `ArchiveRefused` if it is damaged, or of a
    format that is newer than this version.
    """
    values = data.count(b",") + data.count(b"[") + data.count(b"{")
    if values > _VALUES_PER_FILE * entries + _VALUES:
        raise ArchiveRefused("manifest-too-large", "The manifest.json of the archive is too large.")
    try:
        read = read_object(
            MANIFEST_FILE,
            io.BytesIO(data),
            replace(limits, row_characters=limits.manifest_bytes),
        )
    except JsonDamaged as damaged:
        raise ArchiveRefused(damaged.code, damaged.detail) from damaged
    version = read.get("format_version")
    if version is None:
        return None
    if version != FORMAT_VERSION:
        raise ArchiveRefused(
            "format-unknown",
            "The archive has a format that this version does not know. It was made by a newer "
            "version: ask the operator for an update.",
        )
    return Manifest(
        dialects.of_manifest(read.get("options")),
        dict(_digests(read.get("files"))),
        _identifier(read.get("event")),
        tuple(_withheld(read.get("withheld"))),
    )


def _digests(files: object) -> list[tuple[str, str | None]]:
    return [
        (path, digest if isinstance(digest := one.get("sha256"), str) else None)
        for one in _objects(files)
        if isinstance(path := one.get("path"), str)
    ]


def _identifier(event: object) -> str | None:
    identifier = event.get("identifier") if isinstance(event, dict) else None
    return identifier if isinstance(identifier, str) else None


def _withheld(entries: object) -> list[str]:
    return [
        ".".join(str(part)[:100] for part in (one.get("file"), one.get("field")) if part)
        for one in _objects(entries)
    ]


def _objects(value: object) -> list[Document]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
