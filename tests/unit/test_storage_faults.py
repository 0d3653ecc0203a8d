"""S3's errors, by what they mean."""

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError

from openevent.adapters.storage import (
    Changed,
    Denied,
    Missing,
    ObjectFault,
    UploadGone,
    storage_faults,
)
from openevent.errors import Unavailable


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        *((code, Missing) for code in ("NoSuchKey", "404", "NotFound", "InvalidObjectState")),
        *((code, Changed) for code in ("PreconditionFailed", "412", "InvalidRange", "416")),
        *((code, Denied) for code in ("AccessDenied", "403", "Forbidden", "AllAccessDisabled")),
        ("NoSuchUpload", UploadGone),
        *((code, Unavailable) for code in ("SlowDown", "InternalError", "503", "ExpiredToken")),
        ("", Unavailable),
    ],
)
def test_an_error_is_raised_as_what_it_means(code: str, fault: type[Exception]) -> None:
    with pytest.raises(fault) as caught, storage_faults():
        raise ClientError({"Error": {"Code": code}}, "GetObject")

    assert type(caught.value) is fault


@pytest.mark.parametrize(
    "error",
    [
        EndpointConnectionError(endpoint_url="https://s3.example"),
        ReadTimeoutError(endpoint_url="https://s3.example"),
        ClientError({}, "GetObject"),
    ],
)
def test_an_answer_that_does_not_come_is_transient(error: Exception) -> None:
    with pytest.raises(Unavailable), storage_faults():
        raise error


def test_denied_is_not_missing() -> None:
    """Two of three modules took a missing right for a missing file."""
    assert not issubclass(Denied, Missing)
    assert issubclass(Denied, ObjectFault)
    # What depends on the object cannot be done for now, and may be tried again.
    assert issubclass(Denied, Unavailable)
