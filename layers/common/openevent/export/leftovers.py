"""Removal of what a job has left in the export bucket: archive, unfinished uploads, workspace.

Everything is found by listing the job's keys, not by the job's record: a worker can be killed
between making an object or an upload and recording it.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from openevent.adapters.storage import (
    UploadGone,
    delete_keys,
    pages_of,
    storage_faults,
    unavailable,
)
from openevent.export.job import Job, UploadRecord
from openevent.export.keys import archive_key, workspace_prefix

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


@dataclass(frozen=True, slots=True)
class FoundUpload:
    """An unfinished upload."""

    key: str
    id: str
    begun_at: datetime


@dataclass(frozen=True, slots=True)
class Leftovers:
    """The objects and uploads of jobs in `bucket`. Methods raise `Unavailable`."""

    s3: "S3Client"
    bucket: str

    def remove(self, job: Job) -> None:
        """Remove the job's archive, its unfinished uploads and its workspace."""
        keys = [archive_key(job)]
        # Jobs of earlier versions had random keys.
        keys += [record.key for record in (job.archive, job.upload) if record is not None]
        for key in dict.fromkeys(keys):
            self.abort_uploads(key)
            self.delete([key])
        for found in self.objects(workspace_prefix(job)):
            self.delete([key for key, _ in found])

    def abort_uploads(self, key: str, *, keep: UploadRecord | None = None) -> None:
        """Abort the unfinished uploads of `key`, but `keep`."""
        for found in self.uploads(key):
            for upload in found:
                if upload.key == key and (keep is None or upload.id != keep.id):
                    self.abort(upload)

    def abort(self, upload: FoundUpload) -> None:
        """Abort an upload, unless it was aborted or completed before."""
        with suppress(UploadGone), storage_faults():
            self.s3.abort_multipart_upload(Bucket=self.bucket, Key=upload.key, UploadId=upload.id)

    def delete(self, keys: Sequence[str]) -> None:
        """Delete objects where they exist."""
        if delete_keys(self.s3, self.bucket, keys):
            raise unavailable()

    def objects(self, prefix: str) -> Iterator[list[tuple[str, datetime]]]:
        """Yield keys that begin with `prefix` and when they were stored, up to 1,000 a page."""
        return pages_of(self.s3, self.bucket, prefix)

    def uploads(self, prefix: str) -> Iterator[list[FoundUpload]]:
        """Yield the unfinished uploads to keys that begin with `prefix`, up to 1,000 a page."""
        with storage_faults():
            pages = self.s3.get_paginator("list_multipart_uploads").paginate(
                Bucket=self.bucket, Prefix=prefix
            )
            for page in pages:
                yield [
                    FoundUpload(found["Key"], found["UploadId"], found["Initiated"])
                    for found in page.get("Uploads", [])
                ]
