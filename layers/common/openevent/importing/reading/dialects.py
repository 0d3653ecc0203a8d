"""Dialects of archives, recognized by what is in them. Pure.

| name | made by | marks |
| --- | --- | --- |
| `open-event-serverless server/…` | this project | a manifest; the columns' names |
| `open-event-serverless webapp/…` | this project | a manifest; both spellings of each key |
| `webapp` | this project, its manifest removed | both spellings of the times |
| `server` | Open Event Server today | the columns' names, `starts_at` |
| `kebab` | Open Event's sample archives | `starts-at` |
| `snake` | Open Event Server until 2016 | `start_time` |
| `kebab and snake` | hands | some files of each |
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from openevent.catalogue.files import Dialect as OwnDialect
from openevent.catalogue.privacy import Privacy


@dataclass(frozen=True, slots=True)
class ArchiveDialect:
    """How the files of an archive are written.

    `empty_is_null`: empty text is written for null. `has_stand_ins`: rows and values that are in no
    database are written where a reader needs some (docs/webapp-dialect.md).
    """

    name: str
    empty_is_null: bool = True
    has_stand_ins: bool = False


def of_manifest(options: object) -> ArchiveDialect:
    """Return the dialect of an archive by the `options` in its manifest."""
    found: Mapping[str, object] = options if isinstance(options, dict) else {}
    privacy = found.get("privacy")
    readers = privacy if privacy in {str(level) for level in Privacy} else "unknown"
    if found.get("dialect") == OwnDialect.WEBAPP:
        return ArchiveDialect(f"open-event-serverless webapp/{readers}", has_stand_ins=True)
    return ArchiveDialect(f"open-event-serverless server/{readers}", empty_is_null=False)


def of_keys(event: Iterable[str], rows: Iterable[str]) -> ArchiveDialect:
    """Return the dialect of an archive without a manifest.

    `event`: the keys of its event. `rows`: those of the first session and the first speaker.
    """
    own = frozenset(event)
    if {"start_time", "starts-at"} <= own:
        return ArchiveDialect("webapp", has_stand_ins=True)
    keys = own.union(rows)
    kebab = any("-" in key for key in keys)
    if kebab:
        return ArchiveDialect("kebab and snake" if any("_" in key for key in keys) else "kebab")
    if keys & {"start_time", "end_time"}:
        return ArchiveDialect("snake")
    return ArchiveDialect("server", empty_is_null=False)
