"""Uploads in parts, which are put or copied in any order, many at once.

The bytes are checked on the way: S3 compares each part that is put with its CRC-32, and says the
CRC-32 of each part that it copies.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from isal import isal_zlib

from openevent.adapters.storage.faults import ObjectFault, UploadGone, storage_faults
from openevent.adapters.storage.objects import (
    StoredObject,
    decode_crc32,
    encode_crc32,
    find_object,
)
from openevent.errors import Unavailable

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef


@dataclass(frozen=True, slots=True)
class UploadedPart:
    """A part that S3 has: `crc32` is None if S3 did not say that of a part that it copied."""

    size: int
    etag: str
    crc32: int | None


@dataclass(frozen=True, slots=True)
class Upload:
    """An upload that was begun. Its methods raise `Unavailable` and `UploadGone`."""

    s3: "S3Client"
    bucket: str
    key: str
    id: str

    @classmethod
    def begin(
        cls,
        s3: "S3Client",
        bucket: str,
        key: str,
        **about: Any,  # noqa: ANN401 - boto3's
    ) -> "Upload":
        """Begin the upload of the object `key`; `about`: its content, by boto3's names."""
        with storage_faults():
            begun = s3.create_multipart_upload(
                Bucket=bucket,
                Key=key,
                ChecksumAlgorithm="CRC32",
                ChecksumType="FULL_OBJECT",
                **about,
            )
        return cls(s3, bucket, key, begun["UploadId"])

    def put(self, number: int, body: bytes) -> UploadedPart:
        """Upload a part."""
        crc32 = isal_zlib.crc32(body)
        with storage_faults():
            answer = self.s3.upload_part(
                Bucket=self.bucket,
                Key=self.key,
                UploadId=self.id,
                PartNumber=number,
                Body=body,
                ChecksumCRC32=encode_crc32(crc32),
            )
        return UploadedPart(len(body), answer["ETag"], crc32)

    def copy(self, number: int, seen: StoredObject, start: int, stop: int) -> UploadedPart:
        """Let S3 copy a part from an object. Raises also `ObjectFault`."""
        with storage_faults():
            answer = self.s3.upload_part_copy(
                Bucket=self.bucket,
                Key=self.key,
                UploadId=self.id,
                PartNumber=number,
                CopySource={"Bucket": seen.bucket, "Key": seen.key},
                CopySourceRange=f"bytes={start}-{stop - 1}",
                CopySourceIfMatch=seen.etag,
            )
        result = answer["CopyPartResult"]
        checksum = result.get("ChecksumCRC32")
        return UploadedPart(
            stop - start, result["ETag"], decode_crc32(checksum) if checksum else None
        )

    def etags(self) -> dict[int, str]:
        """Return the ETag of each part that S3 has, by its number."""
        with storage_faults():
            pages = self.s3.get_paginator("list_parts").paginate(
                Bucket=self.bucket, Key=self.key, UploadId=self.id
            )
            return {
                part["PartNumber"]: part["ETag"] for page in pages for part in page.get("Parts", ())
            }

    def complete(self, parts: Mapping[int, UploadedPart], size: int) -> None:
        """Make the object, of `size` bytes, of these parts and no others.

        An answer that was lost is no fault: the object is looked for when the upload is gone.
        """
        named: list[CompletedPartTypeDef] = []
        for number, part in sorted(parts.items()):
            named.append({"PartNumber": number, "ETag": part.etag})
            if part.crc32 is not None:
                named[-1]["ChecksumCRC32"] = encode_crc32(part.crc32)
        try:
            with storage_faults():
                self.s3.complete_multipart_upload(
                    Bucket=self.bucket,
                    Key=self.key,
                    UploadId=self.id,
                    MultipartUpload={"Parts": named},
                    MpuObjectSize=size,
                )
        except UploadGone:
            if not self._is_there(size):
                raise

    def abort(self) -> None:
        """Abort the upload. One that is gone already is no fault."""
        try:
            with storage_faults():
                self.s3.abort_multipart_upload(Bucket=self.bucket, Key=self.key, UploadId=self.id)
        except UploadGone:
            return

    def _is_there(self, size: int) -> bool:
        try:
            return find_object(self.s3, self.bucket, self.key).size == size
        except (ObjectFault, Unavailable):
            return False
