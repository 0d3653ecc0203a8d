"""A multipart upload to S3: parts are put or copied in any order, many at once.

Its archive's bytes are checked on the way: S3 holds each part that is put against its CRC-32, and
says what the CRC-32 of each part is that it copies.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError
from isal import isal_zlib

from openevent.errors import Unavailable
from openevent.media import objects as sources
from openevent.media.objects import Source

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef


@dataclass(frozen=True, slots=True)
class Uploaded:
    """A part that S3 has: `crc32` is None where S3 did not say that of a part that it copied."""

    size: int
    etag: str
    crc32: int | None


class UploadGone(Exception):
    """The upload is not there any more: aborted, or complete."""


@dataclass(frozen=True, slots=True)
class Upload:
    """An upload that was begun. Its methods raise `Unavailable` and `UploadGone`."""

    s3: "S3Client"
    bucket: str
    key: str
    id: str

    @classmethod
    def begin(cls, s3: "S3Client", bucket: str, key: str) -> "Upload":
        """Begin the upload of the archive `key`."""
        try:
            begun = s3.create_multipart_upload(
                Bucket=bucket,
                Key=key,
                ContentType="application/zip",
                ChecksumAlgorithm="CRC32",
                ChecksumType="FULL_OBJECT",
            )
        except (BotoCoreError, ClientError) as error:
            raise sources.unavailable() from error
        return cls(s3, bucket, key, begun["UploadId"])

    def put(self, number: int, body: bytes) -> Uploaded:
        """Upload a part."""
        crc32 = isal_zlib.crc32(body)
        try:
            answer = self.s3.upload_part(
                Bucket=self.bucket,
                Key=self.key,
                UploadId=self.id,
                PartNumber=number,
                Body=body,
                ChecksumCRC32=sources.encoded(crc32),
            )
        except (BotoCoreError, ClientError) as error:
            raise _fault(error) from error
        return Uploaded(len(body), answer["ETag"], crc32)

    def copy(self, number: int, source: Source, start: int, stop: int) -> Uploaded:
        """Let S3 copy a part from `source`. Raises also `Changed` and `Gone`, of the source."""
        try:
            with sources.faults(source):
                answer = self.s3.upload_part_copy(
                    Bucket=self.bucket,
                    Key=self.key,
                    UploadId=self.id,
                    PartNumber=number,
                    CopySource={"Bucket": source.bucket, "Key": source.key},
                    CopySourceRange=f"bytes={start}-{stop - 1}",
                    CopySourceIfMatch=source.etag,
                )
        except Unavailable as error:
            if isinstance(error.__cause__, ClientError):
                raise _fault(error.__cause__) from error
            raise
        result = answer["CopyPartResult"]
        checksum = result.get("ChecksumCRC32")
        return Uploaded(
            stop - start, result["ETag"], sources.decoded(checksum) if checksum else None
        )

    def etags(self) -> dict[int, str]:
        """The ETag of each part that S3 has, by its number."""
        try:
            pages = self.s3.get_paginator("list_parts").paginate(
                Bucket=self.bucket, Key=self.key, UploadId=self.id
            )
            return {
                part["PartNumber"]: part["ETag"] for page in pages for part in page.get("Parts", ())
            }
        except (BotoCoreError, ClientError) as error:
            raise _fault(error) from error

    def complete(self, parts: Mapping[int, Uploaded], size: int) -> None:
        """Make the archive, of `size` bytes, of these parts and no others."""
        named: list[CompletedPartTypeDef] = []
        for number, part in sorted(parts.items()):
            named.append({"PartNumber": number, "ETag": part.etag})
            if part.crc32 is not None:
                named[-1]["ChecksumCRC32"] = sources.encoded(part.crc32)
        try:
            self.s3.complete_multipart_upload(
                Bucket=self.bucket,
                Key=self.key,
                UploadId=self.id,
                MultipartUpload={"Parts": named},
                MpuObjectSize=size,
            )
        except (BotoCoreError, ClientError) as error:
            fault = _fault(error)
            # An answer that got lost: the archive is there all the same.
            if not isinstance(fault, UploadGone) or not self._is_there(size):
                raise fault from error

    def abort(self) -> None:
        """Give up the upload; one that is not there any more is none to give up."""
        try:
            self.s3.abort_multipart_upload(Bucket=self.bucket, Key=self.key, UploadId=self.id)
        except (BotoCoreError, ClientError) as error:
            fault = _fault(error)
            if not isinstance(fault, UploadGone):
                raise fault from error

    def _is_there(self, size: int) -> bool:
        try:
            found = self.s3.head_object(Bucket=self.bucket, Key=self.key)
        except (BotoCoreError, ClientError):
            return False
        return found["ContentLength"] == size


def _fault(error: BotoCoreError | ClientError) -> Exception:
    if isinstance(error, ClientError) and error.response["Error"]["Code"] == "NoSuchUpload":
        return UploadGone()
    return sources.unavailable()
