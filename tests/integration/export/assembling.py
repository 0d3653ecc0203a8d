"""An archive to be assembled in S3, of media that a test makes up."""

import io
import random
import subprocess
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from openevent.adapters.storage import MediaBucket
from openevent.archive.contents import ArchiveOrder
from openevent.archive.maker import ArchiveMaker, Begun
from openevent.archive.multipart.assembler import Assembler
from openevent.archive.progress import Progress
from openevent.archive.writer import Archive
from openevent.catalogue import files as contents
from openevent.export.addresses import Addresses
from openevent.export.build import Result
from openevent.export.contents import ExportContents
from openevent.export.job import Job, UploadRecord, new_job
from openevent.export.keys import archive_key, workspace_prefix
from openevent.export.options import Options
from openevent.export.rows.file_rows import FileRows
from openevent.export.rows.row import HOLE, Row
from openevent.media.deadline import Deadline
from openevent.media.places import Places
from openevent.media.source import MediaLimits, MediaSource
from openevent.media.web import Web
from openevent.rights.events import Event
from tests.integration.export.foreign import seven_zip

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

MIB = 1 << 20
MEDIA = "media"
EXPORTS = "exports"
BASE = "https://media.example"
EVENT = Event(7, "abcd1234", "Conference", None)
SESSIONS = next(file for file in contents.FILES if file.name == "sessions")


def noise(size: int, seed: object) -> bytes:
    """Random bytes, which no checksum takes for others."""
    return random.Random(repr(seed)).randbytes(size)  # noqa: S311 - for tests


def address(key: str) -> str:
    return f"{BASE}/{key}"


class Sessions(ExportContents):
    """Contents of an event that is in no database."""

    def __init__(self, job: Job, rows: Sequence[FileRows], **options: Any) -> None:  # noqa: ANN401 - the parent's
        super().__init__(job, database=cast("Any", None), **options)
        self._rows = rows

    def read(self, archive: Archive) -> Places:
        self._build = self._new_build(archive)
        self._event = EVENT
        for rows in self._rows:
            self._build._take(rows)
        return self._places(EVENT)


@dataclass
class Assembling:
    """One job and its event: sessions, each with the address of a video."""

    s3: "S3Client"
    videos: Sequence[str]
    trusted: Sequence[str] = ()
    limits: MediaLimits = field(default_factory=lambda: MediaLimits(1 << 33, 60, 1 << 40))
    steps: list[Progress] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.job: Job = new_job(
            task_id="task",
            event_id=EVENT.id,
            event_identifier=EVENT.identifier,
            event_name=EVENT.name,
            user_id=1,
            user_email="o@example.org",
            options=Options(video=True),
            archive_days=7,
        ).model_copy(update={"created_at": "2026-03-01T10:00:00.000+00:00"})
        self.order = ArchiveOrder(
            archive_key(self.job),
            workspace_prefix(self.job),
            datetime.fromisoformat(self.job.created_at),
        )
        self.source = MediaSource(
            self.s3,
            Web(trusted_hosts=self.trusted),
            self.limits,
            MediaBucket(MEDIA, [BASE], ["events/{event_id}/"]),
            "https://example.org",
        )
        self.maker = ArchiveMaker(
            s3=self.s3,
            bucket=EXPORTS,
            source=self.source,
            concurrency=4,
            assembler=lambda: Assembler(self.s3, EXPORTS, self.source),
            # Everything is assembled, even if no media is in our bucket.
            assemble_above=-1,
        )

    def begin(self) -> None:
        """Do what the first invocation does."""
        made = self.maker.begin(self.order, self.contents(), Deadline.after(600), self.steps.append)
        assert isinstance(made, Begun)
        upload = UploadRecord(key=self.order.key, id=made.upload_id)
        self.job = self.job.model_copy(update={"upload": upload})

    def run(self, deadline: Deadline | None = None) -> Result | None:
        """One invocation."""
        contents = self.contents()
        made = self.maker.resume(
            self.order, contents, deadline or Deadline.after(600), self.steps.append
        )
        return None if made is None else contents.result

    def contents(self) -> Sessions:
        return Sessions(
            self.job,
            self.parts(),
            addresses=Addresses(server="https://api.example", frontend="https://example.org"),
            places=self.source.places_of,
            report=self.steps.append,
        )

    def archive(self) -> bytes:
        """The finished archive."""
        assert self.job.upload is not None
        return self.s3.get_object(Bucket=EXPORTS, Key=self.job.upload.key)["Body"].read()

    def parts(self) -> list[FileRows]:
        """The data files: one with a row that has no media, and the sessions."""
        rows = [
            Row(
                f'    {{\n        "id": {i},\n        "video_url": {HOLE}\n    }}',
                {"video_url": video},
                i,
            )
            for i, video in enumerate(self.videos, start=1)
        ]
        tracks = next(file for file in contents.FILES if file.name == "tracks")
        video = [found for found in SESSIONS.media if found.column == "video_url"]
        return [
            FileRows(tracks, [[Row('    {\n        "id": 1\n    }', {})]]),
            FileRows(SESSIONS, [rows], video),
        ]


def put(s3: "S3Client", objects: Mapping[str, bytes], *, checksums: bool = False) -> None:
    """Put media into its bucket, its CRC-32 stored or not."""
    for key, body in objects.items():
        if checksums:
            s3.put_object(Bucket=MEDIA, Key=key, Body=body, ChecksumAlgorithm="CRC32")
        else:
            s3.put_object(Bucket=MEDIA, Key=key, Body=body)


def check_opens(archive: bytes, path: Path, expected: Mapping[str, bytes]) -> None:
    """Python, unzip and 7-Zip take the archive, and it holds the expected files to the byte."""
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        assert opened.testzip() is None
        for name, body in expected.items():
            assert opened.read(name) == body
    path.write_bytes(archive)
    subprocess.run(["unzip", "-tqq", path], check=True)
    subprocess.run([*seven_zip(), "t", path], check=True, stdout=subprocess.DEVNULL)
