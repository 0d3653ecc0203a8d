"""Removal of what a job has left in the export bucket: archive, unfinished uploads, workspace.

Everything is found by listing the job's keys, not by the job's record: a worker can be killed
between making an object or an upload and recording it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from openevent.errors import Unavailable
from openevent.export.job import Job, UploadRecord
from openevent.export.keys import archive_key, workspace_prefix

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

# Objects that S3 deletes in one call.
MAX_DELETED = 1000


@dataclass(frozen=True, slots=True)
class Leftovers:
    """The objects of jobs in `bucket`. Methods raise `Unavailable` if S3 does not answer."""

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
        self.delete_all(workspace_prefix(job))

    def abort_uploads(self, key: str, *, keep: UploadRecord | None = None) -> int:
        """Abort the unfinished uploads of `key`, but `keep`; return their number."""
        found = [id_ for id_ in self._uploads(key) if keep is None or id_ != keep.id]
        for upload_id in found:
            self.abort(key, upload_id)
        return len(found)

    def abort(self, key: str, upload_id: str) -> None:
        """Abort an unfinished upload; none is there if it was aborted or completed before."""
        try:
            self.s3.abort_multipart_upload(Bucket=self.bucket, Key=key, UploadId=upload_id)
        except self.s3.exceptions.NoSuchUpload:
            return
        except (BotoCoreError, ClientError) as error:
            raise _unavailable() from error

    def delete_all(self, prefix: str) -> None:
        """Delete all objects whose keys begin with `prefix`."""
        try:
            pages = self.s3.get_paginator("list_objects_v2").paginate(
                Bucket=self.bucket, Prefix=prefix
            )
            for page in pages:
                self.delete([found["Key"] for found in page.get("Contents", [])])
        except (BotoCoreError, ClientError) as error:
            raise _unavailable() from error

    def delete(self, keys: list[str]) -> None:
        """Delete the objects `keys`, at most 1,000 of them, where they exist."""
        if not keys:
            return
        try:
            answer = self.s3.delete_objects(
                Bucket=self.bucket,
                Delete={"Objects": [{"Key": key} for key in keys], "Quiet": True},
            )
        except (BotoCoreError, ClientError) as error:
            raise _unavailable() from error
        if answer.get("Errors"):
            raise _unavailable()

    def _uploads(self, key: str) -> Iterator[str]:
        try:
            pages = self.s3.get_paginator("list_multipart_uploads").paginate(
                Bucket=self.bucket, Prefix=key
            )
            for page in pages:
                for found in page.get("Uploads", []):
                    if found["Key"] == key:
                        yield found["UploadId"]
        except (BotoCoreError, ClientError) as error:
            raise _unavailable() from error


def _unavailable() -> Unavailable:
    return Unavailable(
        "storage-unavailable",
        "The archive storage does not answer at the moment. Please try again in a minute.",
    )
