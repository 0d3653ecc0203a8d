"""Exports made in this process: the worker's own code, with an S3 that is a dictionary."""

import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from botocore.exceptions import ClientError
from botocore.response import StreamingBody

from openevent.adapters.credentials import Credentials
from openevent.adapters.database import Database
from openevent.adapters.storage import MediaBucket
from openevent.archive.writer import Archive
from openevent.export.addresses import Addresses
from openevent.export.build import Build, Result
from openevent.export.job import Job, new_job
from openevent.export.options import Options
from openevent.media.deadline import Deadline
from openevent.media.fetch import Fetcher
from openevent.media.hosts import Hosts
from openevent.media.places import Places
from openevent.media.sizes import Scale
from openevent.media.skipped import Reason, Skipped
from openevent.media.source import MediaLimits, MediaSource
from openevent.media.transfer import Answer
from openevent.media.web import Web
from openevent.rights.events import Event

MEDIA = "https://media.example.org"
ADDRESSES = Addresses(server="https://server.example.org", frontend="https://events.example.org")
BUCKET = MediaBucket("media", [MEDIA], ["events/{event_id}/"])

ALL_MEDIA: Mapping[str, Any] = {"image": True, "video": True, "document": True, "audio": True}


@dataclass(frozen=True)
class Stored:
    """An object: its bytes and their type."""

    data: bytes
    content_type: str


@dataclass
class Shelf:
    """The media bucket: objects by key, and the keys that were asked for without their bytes."""

    objects: dict[str, Stored] = field(default_factory=dict)
    weighed: list[str] = field(default_factory=list)

    def put(self, key: str, data: bytes, content_type: str) -> str:
        self.objects[key] = Stored(data, content_type)
        return f"{MEDIA}/{key}"

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803 - S3's names
        stored = self._find(Bucket, Key, "GetObject")
        body = StreamingBody(io.BytesIO(stored.data), len(stored.data))
        return {
            "Body": body,
            "ContentLength": len(stored.data),
            "ContentType": stored.content_type,
        }

    def head_object(self, *, Bucket: str, Key: str, ChecksumMode: str) -> dict[str, Any]:  # noqa: N803 - S3's names
        assert ChecksumMode == "ENABLED"
        self.weighed.append(Key)
        stored = self._find(Bucket, Key, "HeadObject")
        return {
            "ContentLength": len(stored.data),
            "ContentType": stored.content_type,
            "ETag": '"1"',
        }

    def _find(self, bucket: str, key: str, operation: str) -> Stored:
        assert bucket == BUCKET.name
        if key not in self.objects:
            raise ClientError({"Error": {"Code": "NoSuchKey"}}, operation)
        return self.objects[key]


class NoWeb(Web):
    """The web, where there is no server."""

    @contextmanager
    def get(self, address: str, hosts: Hosts, deadline: Deadline) -> Iterator[Answer]:
        raise Skipped(Reason.HOST_UNKNOWN)
        yield  # type: ignore[unreachable]


@dataclass(frozen=True)
class Exported:
    """An archive: its files by path, in their order, and what is known of it."""

    files: Mapping[str, bytes]
    result: Result

    @property
    def data_files(self) -> list[str]:
        """The names of the files with rows: neither media, nor the manifest, nor a schedule."""
        return [name for name in self.files if not {"/", "."} & set(name)]

    def document(self, name: str) -> Any:  # noqa: ANN401 - whatever is in the file
        return json.loads(self.files[name])

    def text(self, name: str) -> str:
        return self.files[name].decode()


def database_at(url: str) -> Database:
    return Database(lambda: Credentials.from_url(url))


def job_of(event_id: int, options: Options) -> Job:
    """A job that is the same each time."""
    job = new_job(
        task_id="00000000-0000-4000-8000-000000000000",
        event_id=event_id,
        event_identifier="00000000",
        event_name="An event",
        user_id=1,
        user_email="owner@example.org",
        options=options,
        archive_days=1,
    )
    return job.model_copy(update={"created_at": "2027-01-02T03:04:05.678+00:00"})


def export(database: Database, event_id: int, options: Options, shelf: Shelf) -> Exported:
    """Make an archive, and read it."""
    job = job_of(event_id, options)
    with Archive(modified=datetime.fromisoformat(job.created_at)) as archive:
        build = Build(archive, job, addresses=ADDRESSES, report=lambda _: None)
        event = build.read(database)
        build.complete()
        media = fetcher(event, archive, shelf)
        build.fill(media.fetch_all([one.address for one in build.requested()], concurrency=2))
        result = build.finish(event)
        with zipfile.ZipFile(archive.path) as opened:
            return Exported({name: opened.read(name) for name in opened.namelist()}, result)


def fetcher(event: Event, archive: Archive, shelf: Shelf) -> Fetcher:
    source = MediaSource(
        cast("Any", shelf),
        NoWeb(),
        MediaLimits(file_bytes=1 << 24, file_seconds=10, total_bytes=1 << 30),
        BUCKET,
        MEDIA,
    )
    return Fetcher(source, source.places_of(event), disk=archive, deadline=Deadline.after(600))


def scale(event: Event, shelf: Shelf, *, max_bytes: int = 1 << 24) -> Scale:
    places = Places.of_event(BUCKET, event, MEDIA)
    return Scale(s3=cast("Any", shelf), web=NoWeb(), places=places, max_bytes=max_bytes)
