"""Addresses from which objects are downloaded without a login, until they expire."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


def presign(client: "S3Client", bucket: str, key: str, *, filename: str, seconds: int) -> str:
    """Return an address that downloads the object as `filename` for `seconds`.

    It expires earlier with the credentials of the function that signs it, so it is made for each
    request and never stored (docs/decisions/0015).
    """
    return client.generate_presigned_url(
        "get_object",
        Params={
            "Bucket": bucket,
            "Key": key,
            "ResponseContentDisposition": f'attachment; filename="{filename}"',
        },
        ExpiresIn=seconds,
    )
