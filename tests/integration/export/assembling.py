"""An archive to be assembled in S3, of media that a test makes up."""

import io
import random
import subprocess
import time
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from openevent.adapters.storage import MediaBucket
from openevent.archive.multipart.assembler import Assembler
from openevent.archive.progress import Progress
from openevent.archive.writer import Archive
from openevent.catalogue import files as contents
from openevent.export.addresses import Addresses
from openevent.export.build import Build, Result
from openevent.export.job import Job, new_job
from openevent.export.options import Options
from openevent.export.rows.file_rows import FileRows
from openevent.export.rows.row import HOLE, Row
from openevent.media.deadline import Deadline
from openevent.media.fetch import Fetcher
from openevent.media.places import Places
from openevent.media.source import Limits, MediaSource
from openevent.media.survey import survey
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


@dataclass
class Assembling:
    """One job and its event: sessions, each with the address of a video."""

    s3: "S3Client"
    videos: Sequence[str]
    trusted: Sequence[str] = ()
    limits: Limits = field(default_factory=lambda: Limits(1 << 33, 60, 1 << 40))
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
        self.assembler = Assembler(
            s3=self.s3,
            bucket=EXPORTS,
            places=places,
            addresses=Addresses(server="https://api.example", frontend="https://example.org"),
            fetcher=self.fetcher,
            file_seconds=self.limits.file_seconds,
        )

    def begin(self) -> None:
        """Do what the first invocation does, once it has the rows."""
        with Archive(modified=datetime.fromisoformat(self.job.created_at)) as archive:
            build = self.build(archive)
            for part in self.parts():
                build._take(part)
            wanted = list(build.requested())
            found = survey(
                self.s3,
                places(EVENT),
                [media_file.address for media_file in wanted],
                concurrency=4,
                deadline=Deadline.after(600),
            )
            media = zip(wanted, found, strict=True)
            upload = self.assembler.begin(self.job, EVENT, archive, build, media)
        self.job = self.job.model_copy(update={"upload": upload})

    def run(self, deadline: Deadline | None = None) -> Result | None:
        """One invocation."""
        return self.assembler.run(
            self.job, deadline or Deadline(time.monotonic() + 600), self.steps.append
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

    def build(self, archive: Archive) -> Build:
        return Build(
            archive, self.job, addresses=self.assembler.addresses, report=self.steps.append
        )

    def fetcher(self, event: Event, archive: Archive, deadline: Deadline, hold: int) -> Fetcher:
        return Fetcher(
            MediaSource(self.s3, Web(trusted_hosts=self.trusted), self.limits),
            places(event),
            disk=archive,
            deadline=deadline,
            hold=hold,
        )


def places(event: Event) -> Places:
    bucket = MediaBucket(MEDIA, [BASE], ["events/{event_id}/"])
    return Places.of_event(bucket, event, "https://example.org")


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
