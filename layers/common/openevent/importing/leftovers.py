"""Removal of what an import leaves in the export bucket: its archive, and its report."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from openevent.adapters.storage import delete_keys, pages_of, unavailable
from openevent.importing.job import ImportJob

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


@dataclass(frozen=True, slots=True)
class ImportLeftovers:
    """The objects of imports in `bucket`. Methods raise `Unavailable`."""

    s3: "S3Client"
    bucket: str

    def remove(self, job: ImportJob) -> None:
        """Remove the job's archive and report."""
        self.delete([job.archive_key, job.report_key])

    def remove_archive(self, job: ImportJob) -> None:
        """Remove the job's archive."""
        self.delete([job.archive_key])

    def delete(self, keys: Sequence[str]) -> None:
        """Delete objects where they exist."""
        if delete_keys(self.s3, self.bucket, keys):
            raise unavailable()

    def objects(self, prefix: str) -> Iterator[list[tuple[str, datetime]]]:
        """Yield keys that begin with `prefix` and when they were stored, up to 1,000 a page."""
        return pages_of(self.s3, self.bucket, prefix)
