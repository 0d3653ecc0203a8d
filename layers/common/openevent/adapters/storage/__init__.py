"""Storage: S3's objects, their keys and addresses, uploads in parts, and S3's errors.

media_bucket   Open Event's bucket of media: `bucket_addresses` and `media_keys` in one
bucket_addresses  which key an address names, in all spellings
plain_addresses  the parts of an address that needs no parser
media_keys     which keys may be read for an event
objects        an object's facts and bytes, pinned to the version that was seen
uploads        an object made of parts, which are put or copied
copies         an object copied within its bucket, with all that S3 keeps of it
acls           access control lists of objects
prefixes       everything under a prefix: listed, deleted, aborted
downloads      addresses that expire
faults         one map from S3's errors to what they mean
"""

from openevent.adapters.storage.acls import BucketAcls
from openevent.adapters.storage.bucket_addresses import Site, split_address
from openevent.adapters.storage.copies import Original, begin_copy, copy_object, find_original
from openevent.adapters.storage.downloads import presign
from openevent.adapters.storage.faults import (
    Changed,
    Denied,
    Missing,
    ObjectFault,
    UploadGone,
    storage_faults,
    unavailable,
)
from openevent.adapters.storage.media_bucket import MediaBucket
from openevent.adapters.storage.media_keys import LOCAL_FOLDER, is_private
from openevent.adapters.storage.objects import (
    Body,
    StoredObject,
    compute_crc32,
    find_object,
    open_object,
    read_range,
)
from openevent.adapters.storage.plain_addresses import AddressParts, read_plain
from openevent.adapters.storage.prefixes import abort_uploads, delete_keys, list_keys, pages_of
from openevent.adapters.storage.uploads import Upload, UploadedPart

__all__ = [
    "LOCAL_FOLDER",
    "AddressParts",
    "Body",
    "BucketAcls",
    "Changed",
    "Denied",
    "MediaBucket",
    "Missing",
    "ObjectFault",
    "Original",
    "Site",
    "StoredObject",
    "Upload",
    "UploadGone",
    "UploadedPart",
    "abort_uploads",
    "begin_copy",
    "compute_crc32",
    "copy_object",
    "delete_keys",
    "find_object",
    "find_original",
    "is_private",
    "list_keys",
    "open_object",
    "pages_of",
    "presign",
    "read_plain",
    "read_range",
    "split_address",
    "storage_faults",
    "unavailable",
]
