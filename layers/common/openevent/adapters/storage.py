"""S3: which keys are an event's media, what their addresses are, and addresses that expire."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urlsplit

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


@dataclass(frozen=True, slots=True)
class MediaBucket:
    """The bucket that Open Event keeps its media in, and how it is addressed.

    `base_urls`: the addresses under which its objects are known, the first for new ones.
    `key_prefixes`: as `MediaSettings.media_key_prefixes`.
    """

    name: str
    base_urls: Sequence[str]
    key_prefixes: Sequence[str]

    def key_of(self, address: str) -> str | None:
        """The key that `address` names; None when it lies elsewhere."""
        try:
            wanted = urlsplit(address)
        except ValueError:
            return None
        for base in map(urlsplit, self.base_urls):
            root = base.path.rstrip("/") + "/"
            if (wanted.scheme, wanted.netloc.lower()) != (base.scheme, base.netloc.lower()):
                continue
            if wanted.path.startswith(root) and len(wanted.path) > len(root):
                return unquote(wanted.path.removeprefix(root))
        return None

    def address_of(self, key: str) -> str:
        """The address of the object `key`."""
        return f"{self.base_urls[0].rstrip('/')}/{quote(key)}"

    def prefixes_of(self, event_id: int, event_identifier: str) -> tuple[str, ...]:
        """The beginnings of all keys that belong to the event."""
        return tuple(
            prefix.replace("{event_id}", str(event_id)).replace(
                "{event_identifier}", event_identifier
            )
            for prefix in self.key_prefixes
        )


def presign(client: "S3Client", bucket: str, key: str, *, filename: str, seconds: int) -> str:
    """An address that downloads the object as `filename`, for so many seconds, without a login.

    It dies earlier with the credentials of the function that signs it, so it is made when asked for
    and never stored (docs/decisions).
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
