"""Parts of the functions that read or copy media files."""

from openevent.adapters.storage import MediaBucket
from openevent.edge.settings import MediaSettings

MEGABYTE = 1_000_000


def media_bucket(settings: MediaSettings, *, region: str = "") -> MediaBucket:
    """Return the bucket of the server's media; `region` is needed for addresses of new objects."""
    return MediaBucket(
        settings.media_bucket,
        settings.media_base_urls,
        settings.media_key_prefixes,
        settings.media_public_prefixes,
        region,
    )
