"""Archives that S3 puts together, against moto, which enforces S3's rules for parts."""

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.config import Config

from tests.aws import played_aws
from tests.integration.export.assembling import (
    EXPORTS,
    MEDIA,
    MIB,
    Assembling,
    address,
    check_opens,
    noise,
    put,
)

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

SIZES = {
    "events/7/a.mp4": 17 * MIB,
    "events/7/b.mp4": 300_000,
    "events/7/c.mp4": 5 * MIB,
    "events/7/d.mp4": 23 * MIB + 11,
    "events/7/e.mp4": 1,
    "events/7/f.mp4": 10 * MIB,
}


@pytest.fixture
def s3() -> Iterator["S3Client"]:
    with played_aws("us-east-1"):
        client = boto3.client(
            "s3",
            region_name="us-east-1",
            # So that objects have a checksum only where the test says so, as old ones do.
            config=Config(request_checksum_calculation="when_required", max_pool_connections=64),
        )
        for bucket in (MEDIA, EXPORTS):
            client.create_bucket(Bucket=bucket)
        yield client


@pytest.fixture
def objects() -> dict[str, bytes]:
    return {key: noise(size, key) for key, size in SIZES.items()}


def files_of(objects: dict[str, bytes]) -> dict[str, bytes]:
    return {f"videos/session_{i}.bin": body for i, body in enumerate(objects.values(), start=1)}


@pytest.mark.parametrize("checksums", [True, False])
def test_an_archive_is_the_event_s(
    s3: "S3Client", objects: dict[str, bytes], tmp_path: Path, *, checksums: bool
) -> None:
    put(s3, objects, checksums=checksums)
    assembling = Assembling(s3, [address(key) for key in objects])

    assembling.begin()
    result = assembling.run()

    assert result is not None
    archive = assembling.archive()
    assert (result.summary.size, result.summary.sha256) == (len(archive), None)
    assert result.skipped == ()
    check_opens(archive, tmp_path / "archive.zip", files_of(objects))
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        sessions = json.loads(opened.read("sessions"))
        assert [row["video_url"] for row in sessions] == [
            f"/videos/session_{i}.bin" for i in range(1, 7)
        ]
        listed = {file["path"]: file for file in json.loads(opened.read("manifest.json"))["files"]}
        assert {*listed, "manifest.json"} == set(opened.namelist())
        assert result.summary.files == len(opened.namelist())
        for info in opened.infolist():
            if info.filename.startswith("videos/"):
                file = listed[info.filename]
                assert file["size"] == info.file_size
                assert "sha256" in file or file["crc32"] == f"{info.CRC:08x}"
    # Nothing of the work is left.
    assert [found["Key"] for found in s3.list_objects_v2(Bucket=EXPORTS)["Contents"]] == [
        assembling.job.upload.key if assembling.job.upload else ""
    ]
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=EXPORTS)
