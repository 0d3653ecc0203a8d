# ruff: noqa: N803 - arguments go by boto3's names
"""An S3 of which a test knows everything: its rules for uploads, and objects of any size.

Objects are sparse: what is not written is zeros, which take no memory, and whose CRC-32 is known
without looking at them. `after` is called with the name of each call that changed something.
"""

import hashlib
from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from threading import Lock
from typing import IO, Any, Protocol

from botocore.exceptions import ClientError
from isal import isal_zlib

MIB = 1 << 20
MIN_PART = 5 * MIB
MAX_COPY = 5 << 30
BLOCK = bytes(MIB)


class Piece(Protocol):
    """Some bytes, or zeros."""

    size: int


@dataclass(frozen=True)
class Data:
    data: bytes

    @property
    def size(self) -> int:
        return len(self.data)


@dataclass(frozen=True)
class Zeros:
    size: int


@dataclass(frozen=True)
class Sparse:
    """Bytes, mostly zeros perhaps."""

    pieces: tuple[Data | Zeros, ...]

    @classmethod
    def of(cls, *parts: bytes | int) -> "Sparse":
        """Bytes, and zeros by their number."""
        return cls(tuple(Zeros(part) if isinstance(part, int) else Data(part) for part in parts))

    @property
    def size(self) -> int:
        return sum(piece.size for piece in self.pieces)

    def cut(self, start: int, stop: int) -> "Sparse":
        found: list[Data | Zeros] = []
        offset = 0
        for piece in self.pieces:
            first, last = max(start - offset, 0), min(stop - offset, piece.size)
            if first < last:
                found.append(
                    Data(piece.data[first:last]) if isinstance(piece, Data) else Zeros(last - first)
                )
            offset += piece.size
        return Sparse(tuple(found))

    def chunks(self) -> Iterator[bytes]:
        for piece in self.pieces:
            if isinstance(piece, Data):
                yield piece.data
            else:
                for start in range(0, piece.size, MIB):
                    yield BLOCK[: piece.size - start]

    def read(self) -> bytes:
        return b"".join(self.chunks())

    def crc32(self) -> int:
        crc32 = 0
        for piece in self.pieces:
            if isinstance(piece, Data):
                crc32 = isal_zlib.crc32(piece.data, crc32)
            else:
                crc32 = isal_zlib.crc32_combine(crc32, crc32_of_zeros(piece.size), piece.size)
        return crc32

    def etag(self) -> str:
        digest = hashlib.md5(usedforsecurity=False)
        for piece in self.pieces:
            digest.update(piece.data if isinstance(piece, Data) else b"%d" % piece.size)
        return f'"{digest.hexdigest()}"'

    def write(self, file: IO[bytes]) -> None:
        """Write them, the zeros as holes."""
        for piece in self.pieces:
            if isinstance(piece, Data):
                file.write(piece.data)
            else:
                file.seek(piece.size, 1)
        file.truncate()


def crc32_of_zeros(size: int) -> int:
    """CRC-32 of `size` zeros, put together from halves."""
    if size <= MIB:
        return isal_zlib.crc32(BLOCK[:size])
    half = crc32_of_zeros(size // 2)
    return isal_zlib.crc32_combine(
        isal_zlib.crc32_combine(half, half, size // 2), isal_zlib.crc32(bytes(size % 2)), size % 2
    )


def base64_of(crc32: int) -> str:
    return b64encode(crc32.to_bytes(4, "big")).decode()


@dataclass
class Pending:
    key: str
    checksums: bool
    parts: dict[int, Sparse] = field(default_factory=dict)


class Body(BytesIO):
    """A body, which botocore's is an `IO` of a kind."""

    def __init__(self, content: Sparse) -> None:
        super().__init__()
        self._content = content

    def iter_chunks(self, size: int) -> Iterator[bytes]:
        del size
        return self._content.chunks()

    def read(self, size: int | None = -1, /) -> bytes:
        assert size == -1
        return self._content.read()


class SparseS3:
    """The calls that exports make."""

    def __init__(self, *, says_checksums: bool = True) -> None:
        self.objects: dict[tuple[str, str], Sparse] = {}
        self.stored_checksums: set[tuple[str, str]] = set()
        self.uploads: dict[str, Pending] = {}
        self.says_checksums = says_checksums
        self.before: Callable[[str, dict[str, Any]], None] = lambda _name, _arguments: None
        self.after: Callable[[str], None] = lambda _name: None
        self.calls: list[str] = []
        self.received = 0
        self.lock = Lock()
        self._count = 0

    def put(self, bucket: str, key: str, content: Sparse, *, checksum: bool = False) -> None:
        self.objects[bucket, key] = content
        self.stored_checksums.discard((bucket, key))
        if checksum:
            self.stored_checksums.add((bucket, key))

    # Objects.

    def head_object(self, *, Bucket: str, Key: str, ChecksumMode: str = "") -> dict[str, Any]:
        self._begun("HeadObject", Key=Key)
        found = self._find(Bucket, Key, "HeadObject")
        answer: dict[str, Any] = {"ContentLength": found.size, "ETag": found.etag()}
        if ChecksumMode and (Bucket, Key) in self.stored_checksums:
            answer |= {"ChecksumCRC32": base64_of(found.crc32()), "ChecksumType": "FULL_OBJECT"}
        return answer

    def get_object(
        self,
        *,
        Bucket: str,
        Key: str,
        Range: str = "",
        IfMatch: str = "",
    ) -> dict[str, Any]:
        self._begun("GetObject", Key=Key)
        found = self._find(Bucket, Key, "GetObject")
        if IfMatch and IfMatch != found.etag():
            raise fault("PreconditionFailed", "GetObject")
        if Range:
            start, stop = range_of(Range)
            if stop > found.size:
                raise fault("InvalidRange", "GetObject")
            found = found.cut(start, stop)
        with self.lock:
            self.received += found.size
        return {"ContentLength": found.size, "Body": Body(found)}

    def put_object(self, *, Bucket: str, Key: str, Body: bytes, **_: object) -> dict[str, Any]:
        self._begun("PutObject", Key=Key)
        self.put(Bucket, Key, Sparse.of(Body))
        self._changed("PutObject")
        return {"ETag": Sparse.of(Body).etag()}

    def upload_fileobj(self, content: IO[bytes], bucket: str, key: str) -> None:
        self.put_object(Bucket=bucket, Key=key, Body=content.read())

    def download_fileobj(self, bucket: str, key: str, to: IO[bytes]) -> None:
        to.write(self._find(bucket, key, "GetObject").read())

    def delete_objects(self, *, Bucket: str, Delete: dict[str, Any]) -> dict[str, Any]:
        for named in Delete["Objects"]:
            self.objects.pop((Bucket, named["Key"]), None)
        return {}

    # Uploads in parts.

    def create_multipart_upload(
        self,
        *,
        Key: str,
        ChecksumAlgorithm: str,
        **_: object,
    ) -> dict[str, Any]:
        self._count += 1
        self.uploads[str(self._count)] = Pending(Key, ChecksumAlgorithm == "CRC32")
        return {"UploadId": str(self._count)}

    def upload_part(
        self,
        *,
        UploadId: str,
        PartNumber: int,
        Body: bytes,
        ChecksumCRC32: str,
        **_: object,
    ) -> dict[str, Any]:
        self._begun("UploadPart", PartNumber=PartNumber)
        part = Sparse.of(Body)
        if base64_of(part.crc32()) != ChecksumCRC32:
            raise fault("BadDigest", "UploadPart")
        self._upload(UploadId).parts[PartNumber] = part
        self._changed("UploadPart")
        return {"ETag": part.etag(), "ChecksumCRC32": ChecksumCRC32}

    def upload_part_copy(
        self,
        *,
        UploadId: str,
        PartNumber: int,
        CopySource: dict[str, str],
        CopySourceRange: str,
        CopySourceIfMatch: str,
        **_: object,
    ) -> dict[str, Any]:
        self._begun("UploadPartCopy", Key=CopySource["Key"], PartNumber=PartNumber)
        found = self._find(CopySource["Bucket"], CopySource["Key"], "UploadPartCopy")
        if CopySourceIfMatch != found.etag():
            raise fault("PreconditionFailed", "UploadPartCopy")
        start, stop = range_of(CopySourceRange)
        if stop > found.size or stop - start > MAX_COPY:
            raise fault("InvalidArgument", "UploadPartCopy")
        upload = self._upload(UploadId)
        part = upload.parts[PartNumber] = found.cut(start, stop)
        self._changed("UploadPartCopy")
        result = {"ETag": part.etag()}
        if upload.checksums and self.says_checksums:
            result["ChecksumCRC32"] = base64_of(part.crc32())
        return {"CopyPartResult": result}

    def get_paginator(self, name: str) -> "SparseS3":
        assert name == "list_parts"
        return self

    def paginate(self, *, UploadId: str, **_: object) -> list[dict[str, Any]]:
        parts = self._upload(UploadId).parts
        return [
            {"Parts": [{"PartNumber": number, "ETag": part.etag()}]}
            for number, part in sorted(parts.items())
        ]

    def complete_multipart_upload(
        self,
        *,
        Bucket: str,
        Key: str,
        UploadId: str,
        MultipartUpload: dict[str, Sequence[dict[str, Any]]],
        MpuObjectSize: int,
    ) -> dict[str, Any]:
        upload = self._upload(UploadId)
        named = MultipartUpload["Parts"]
        numbers = [part["PartNumber"] for part in named]
        assert numbers == sorted(set(numbers))
        assert 1 <= numbers[0] <= numbers[-1] <= 10_000
        parts = [upload.parts[number] for number in numbers]
        for part, says in zip(parts, named, strict=True):
            if part.etag() != says["ETag"]:
                raise fault("InvalidPart", "CompleteMultipartUpload")
            if says.get("ChecksumCRC32", base64_of(part.crc32())) != base64_of(part.crc32()):
                raise fault("InvalidPart", "CompleteMultipartUpload")
        if any(part.size < MIN_PART for part in parts[:-1]):
            raise fault("EntityTooSmall", "CompleteMultipartUpload")
        whole = Sparse(tuple(piece for part in parts for piece in part.pieces))
        if whole.size != MpuObjectSize:
            raise fault("InvalidRequest", "CompleteMultipartUpload")
        self.put(Bucket, Key, whole)
        del self.uploads[UploadId]
        self._changed("CompleteMultipartUpload")
        return {}

    def abort_multipart_upload(self, *, UploadId: str, **_: object) -> None:
        self._upload(UploadId)
        del self.uploads[UploadId]

    def _find(self, bucket: str, key: str, operation: str) -> Sparse:
        if (bucket, key) not in self.objects:
            raise fault("404" if operation == "HeadObject" else "NoSuchKey", operation)
        return self.objects[bucket, key]

    def _upload(self, upload_id: str) -> Pending:
        if upload_id not in self.uploads:
            raise fault("NoSuchUpload", "UploadPart")
        return self.uploads[upload_id]

    def _begun(self, name: str, **arguments: object) -> None:
        with self.lock:
            self.before(name, arguments)

    def _changed(self, name: str) -> None:
        with self.lock:
            self.calls.append(name)
            self.after(name)


def range_of(text: str) -> tuple[int, int]:
    first, last = text.removeprefix("bytes=").split("-")
    return int(first), int(last) + 1


def fault(code: str, operation: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": code}}, operation)
