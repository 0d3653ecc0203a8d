"""Archives in the export bucket: stored for a call, or uploaded by its caller."""

from base64 import b64encode
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from openevent.adapters.storage import list_keys, storage_faults
from openevent.importing.job import ImportJob
from openevent.jobs.clock import epoch

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

CONTENT_TYPE = "application/zip"


@dataclass(frozen=True, slots=True)
class ArchiveUploads:
    """Stores archives in `bucket`."""

    s3: "S3Client"
    bucket: str

    def store(self, job: ImportJob, content: bytes) -> None:
        """Store the job's archive. Raises `Unavailable`."""
        with storage_faults():
            self.s3.put_object(
                Bucket=self.bucket, Key=job.archive_key, Body=content, ContentType=CONTENT_TYPE
            )

    def has(self, job: ImportJob) -> bool:
        """Return whether the job's archive is there. Raises `Denied`, `Unavailable`."""
        return job.archive_key in list_keys(self.s3, self.bucket, job.archive_key)

    def form(self, job: ImportJob) -> dict[str, Any]:
        """Return the form with which the job's archive is uploaded: `url`, `fields`, `expires_at`.

        S3 takes an archive of the announced size and SHA-256 only. The form's file comes last, in a
        field `file` (Amazon S3 API Reference, "POST Object").
        """
        digest = b64encode(bytes.fromhex(job.archive.sha256)).decode()
        fields = {
            "Content-Type": CONTENT_TYPE,
            "x-amz-checksum-algorithm": "SHA256",
            "x-amz-checksum-sha256": digest,
        }
        size = job.archive.size
        signed = self.s3.generate_presigned_post(
            self.bucket,
            job.archive_key,
            Fields=dict(fields),
            Conditions=[
                *({name: value} for name, value in fields.items()),
                ["content-length-range", size, size],
            ],
            ExpiresIn=max(1, job.upload_until - epoch()),
        )
        return {**signed, "expires_at": job.upload_until}
