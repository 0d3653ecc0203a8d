"""S3's errors, by what they mean.

    ObjectFault        the object is missing, changed or denied
    ├── Missing        there is no such object, or it is in an archive that has to be restored first
    ├── Changed        it is another version than the one that was seen
    └── Denied         we may not read or write it; also an `Unavailable`
    UploadGone         the upload was aborted, or is complete
    Unavailable        everything else: a later try can succeed

S3 answers 403 for a missing object unless the caller has `s3:ListBucket`; template.yaml grants it
where the difference counts.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError

from openevent.errors import Unavailable

_MISSING = frozenset({"NoSuchKey", "404", "NotFound", "InvalidObjectState"})
_CHANGED = frozenset({"PreconditionFailed", "412", "InvalidRange", "416"})
_DENIED = frozenset({"AccessDenied", "403", "Forbidden", "AllAccessDisabled"})


class ObjectFault(Exception):
    """The object is missing, changed or denied."""


class Missing(ObjectFault):
    """There is no such object."""


class Changed(ObjectFault):
    """The object is another version than the one that was seen."""


class Denied(ObjectFault, Unavailable):
    """The role has no right to the object: a fault of the installation, never of the object.

    It is `Unavailable` for all that depends on the object, as an operator can grant the right.
    """


class UploadGone(Exception):
    """The upload is not there any more: aborted, or complete."""


@contextmanager
def storage_faults() -> Iterator[None]:
    """Raise S3's errors out of the block as `ObjectFault`, `UploadGone` or `Unavailable`."""
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise _fault_of(error) from error


def unavailable() -> Unavailable:
    """Return the error of an S3 that does not answer as it should."""
    return Unavailable("storage-unavailable", "The storage of files is not available.")


def _fault_of(error: Exception) -> Exception:
    code = error.response.get("Error", {}).get("Code") if isinstance(error, ClientError) else None
    if code in _MISSING:
        return Missing()
    if code in _CHANGED:
        return Changed()
    if code in _DENIED:
        return Denied("storage-access-denied", "The storage of files refuses access.")
    if code == "NoSuchUpload":
        return UploadGone()
    return unavailable()
