"""The files of one schedule, as clients get them and as S3 keeps them. Pure."""

import gzip
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from openevent.programme.format import Format
from openevent.programme.formats import FORMATS
from openevent.programme.model import Programme


@dataclass(frozen=True, slots=True)
class ScheduleFile:
    """A file of a schedule: its text and the digest of it, in hex."""

    text: str
    digest: str


@dataclass(frozen=True, slots=True)
class Schedule:
    """The files of a schedule, and the time of their last change, in seconds of the epoch."""

    since: int
    files: Mapping[Format, ScheduleFile]


def make_schedule(programme: Programme, now: int, before: Schedule | None = None) -> Schedule:
    """Write the schedule of a programme, in all formats.

    It has changed `now`, unless it equals the one `before`.
    """
    files = {format_: _file(written.write(programme)) for format_, written in FORMATS.items()}
    unchanged = before is not None and before.files == files
    return Schedule(before.since if before is not None and unchanged else now, files)


def packed(schedule: Schedule) -> bytes:
    """Return the schedule in the form in which S3 keeps it."""
    texts = {format_.value: file.text for format_, file in schedule.files.items()}
    document = {"since": schedule.since, "files": texts}
    return gzip.compress(json.dumps(document, ensure_ascii=False).encode(), 6, mtime=0)


def unpacked(data: bytes) -> Schedule:
    """Return the schedule that was kept. Raise `ValueError` if it is not one of this release."""
    try:
        document = json.loads(gzip.decompress(data))
        files = {format_: _file(document["files"][format_.value]) for format_ in Format}
        return Schedule(int(document["since"]), files)
    except (OSError, EOFError, KeyError, TypeError) as error:
        raise ValueError("no schedule") from error


def _file(text: str) -> ScheduleFile:
    return ScheduleFile(text, hashlib.sha256(text.encode()).hexdigest()[:32])
