"""Download of an uploaded archive to the worker's disk, and a check of what came."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from openevent.adapters.storage import Missing, open_object
from openevent.importing.give_up import CHANGED, NOT_UPLOADED
from openevent.importing.job import ImportJob
from openevent.importing.source import ArchiveRefused

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


@dataclass(frozen=True, slots=True)
class ArchiveDownloads:
    """Downloads archives from `bucket`."""

    s3: "S3Client"
    bucket: str

    def fetch(self, job: ImportJob, path: Path) -> None:
        """Write the job's archive to `path`.

        Raises `ArchiveRefused` if it is not there, or not the one that was announced; `Unavailable`
        if S3 does not answer.
        """
        digest, size = hashlib.sha256(), 0
        try:
            with (
                open_object(self.s3, self.bucket, job.archive_key) as body,
                path.open("wb") as file,
            ):
                for chunk in body.chunks:
                    size += len(chunk)
                    if size > job.archive.size:
                        break
                    digest.update(chunk)
                    file.write(chunk)
        except Missing as error:
            raise ArchiveRefused("archive-not-uploaded", NOT_UPLOADED) from error
        if (size, digest.hexdigest()) != (job.archive.size, job.archive.sha256):
            raise ArchiveRefused("archive-changed", CHANGED)
