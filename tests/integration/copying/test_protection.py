"""Issue 11 §1: a copy's objects are as public, and as encrypted, as those of the original."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Connection

from openevent.adapters.storage import BucketAcls
from openevent.copying import objects as objects_module
from openevent.copying.objects import metrics
from openevent.errors import Unavailable
from tests import factories
from tests.factories import Row
from tests.functions import client_error
from tests.integration.copying.conftest import BUCKET, Copying, Media

ALL = "http://acs.amazonaws.com/groups/global/AllUsers"


@pytest.fixture
def owner(connection: Connection) -> Row:
    return factories.make_user(connection)


@pytest.fixture
def event(connection: Connection, owner: Row) -> Row:
    return factories.make_event(connection, owner)


@pytest.fixture(params=["whole", "in parts"])
def body(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bytes:
    """Return the bytes of an object that is copied in one call, or in parts."""
    monkeypatch.setattr(objects_module, "PART_BYTES", 5 * 2**20)
    return b"bytes" if request.param == "whole" else b"0123456789abcdef" * (7 * 2**16)


def set_ownership(media: Media, value: str) -> None:
    rules: Any = {"Rules": [{"ObjectOwnership": value}]}
    media.client.put_bucket_ownership_controls(
        Bucket=BUCKET,
        OwnershipControls=rules,
    )


def grants(media: Media, key: str) -> set[tuple[str, str]]:
    """Return who may do what with the object; the owner's own right is left out."""
    found = media.client.get_object_acl(Bucket=BUCKET, Key=key)
    owner = found["Owner"]["ID"]
    return {
        (grant["Grantee"].get("URI", grant["Grantee"].get("ID", "")), grant["Permission"])
        for grant in found["Grants"]
        if grant["Grantee"].get("ID") != owner
    }


@contextmanager
def recorded(media: Media) -> Iterator[list[tuple[str, dict[str, Any]]]]:
    """Give a list that gets each call of S3 within the block: its operation and arguments."""
    calls = list[tuple[str, dict[str, Any]]]()

    def record(params: dict[str, Any], model: Any, **_: object) -> None:  # noqa: ANN401 (botocore's)
        calls.append((model.name, dict(params)))

    events = media.client.meta.events
    events.register("provide-client-params.s3.*", record)
    try:
        yield calls
    finally:
        events.unregister("provide-client-params.s3.*", record)


class RefusingS3:
    """The bucket's real client, but for one operation, to which the role has no right."""

    def __init__(self, client: Any, operation: str) -> None:  # noqa: ANN401
        self._client = client
        self._operation = operation

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        if name == self._operation:
            raise client_error("AccessDenied")
        return getattr(self._client, name)


def refuse(copying: Copying, operation: str) -> None:
    s3: Any = RefusingS3(copying.media.client, operation)
    copying.deps = replace(copying.deps, s3=s3, acls=BucketAcls(s3, BUCKET))


def copied_key(copying: Copying, event: Row, owner: Row, key: str) -> str:
    """Copy the event with the object as its logo; return the key of the copy's."""
    before = copying.media.keys()
    assert copying.copy(event, owner)["media"]["copied"] == 1
    (new,) = copying.media.keys() - before
    assert key in before
    return new


def logo(copying: Copying, event: Row, body: bytes, **about: Any) -> str:  # noqa: ANN401 (boto3's)
    key = f"events/{event['id']}/logo.png"
    copying.run("UPDATE events SET logo_url = :a", a=copying.media.put(key, body, **about))
    return key


@pytest.mark.parametrize("ownership", [None, "ObjectWriter", "BucketOwnerPreferred"])
def test_what_everyone_may_read_stays_so(
    copying: Copying, event: Row, owner: Row, body: bytes, ownership: str | None
) -> None:
    if ownership is not None:
        set_ownership(copying.media, ownership)
    key = logo(copying, event, body, ACL="public-read")
    assert grants(copying.media, copied_key(copying, event, owner, key)) == {(ALL, "READ")}


def test_what_only_the_owner_may_read_stays_so(
    copying: Copying, event: Row, owner: Row, body: bytes
) -> None:
    key = logo(copying, event, body)
    with recorded(copying.media) as calls:
        copied_key(copying, event, owner, key)
    assert "GetObjectAcl" in [name for name, _ in calls]
    assert not [key for _, sent in calls for key in sent if "ACL" in key or "Grant" in key]


def test_other_grants_are_kept(copying: Copying, event: Row, owner: Row, body: bytes) -> None:
    key = logo(
        copying, event, body, GrantRead=f'uri="{ALL}"', GrantReadACP='id="editor"',
    )  # fmt: skip
    expected = {(ALL, "READ"), ("editor", "READ_ACP")}
    assert grants(copying.media, key) == expected
    assert grants(copying.media, copied_key(copying, event, owner, key)) == expected


def test_a_bucket_without_acls_is_asked_once_and_its_objects_never(
    copying: Copying, event: Row, owner: Row, body: bytes
) -> None:
    set_ownership(copying.media, "BucketOwnerEnforced")
    key = logo(copying, event, body)
    with recorded(copying.media) as calls:
        copied_key(copying, event, owner, key)
        copied_key(copying, event, owner, key)
    names = [name for name, _ in calls]
    assert names.count("GetBucketOwnershipControls") == 1
    assert "GetObjectAcl" not in names
    assert not [key for _, sent in calls for key in sent if "ACL" in key or "Grant" in key]


def test_how_an_object_is_served_and_encrypted_is_kept(
    copying: Copying, event: Row, owner: Row, body: bytes
) -> None:
    about: dict[str, Any] = {
        "ContentType": "image/png",
        "ContentDisposition": "attachment; filename=logo.png",
        "CacheControl": "max-age=60",
        "Metadata": {"by": "somebody"},
        "ServerSideEncryption": "aws:kms",
        "SSEKMSKeyId": "arn:aws:kms:us-east-1:123456789012:key/a",
    }
    key = logo(copying, event, body, ACL="public-read", BucketKeyEnabled=True, **about)
    with recorded(copying.media) as calls:
        new = copied_key(copying, event, owner, key)
    (made,) = [sent for name, sent in calls if name in ("CopyObject", "CreateMultipartUpload")]
    assert made["BucketKeyEnabled"] is True
    found: dict[str, Any] = {**copying.media.client.head_object(Bucket=BUCKET, Key=new)}
    assert {name: found.get(name) for name in about} == about


def test_a_refused_question_about_ownership_is_answered_by_the_objects(
    copying: Copying, event: Row, owner: Row
) -> None:
    key = logo(copying, event, b"bytes", ACL="public-read")
    refuse(copying, "get_bucket_ownership_controls")
    assert grants(copying.media, copied_key(copying, event, owner, key)) == {(ALL, "READ")}


@pytest.mark.parametrize("operation", ["head_object", "get_object_acl", "copy_object"])
def test_a_refusal_is_no_missing_object(
    copying: Copying, event: Row, owner: Row, operation: str
) -> None:
    key = logo(copying, event, b"bytes")
    refuse(copying, operation)
    with pytest.raises(Unavailable) as raised:
        copying.copy(event, owner)
    assert raised.value.problems[0].code == "media-access-denied"
    assert copying.media.keys() == {key}
    assert metrics.metric_set["MediaAccessDenied"]["Value"] == [1]


def test_a_refusal_is_no_missing_object_in_a_dry_run(
    copying: Copying, event: Row, owner: Row
) -> None:
    logo(copying, event, b"bytes")
    refuse(copying, "head_object")
    with pytest.raises(Unavailable) as raised:
        copying.copy(event, owner, {"dry_run": True})
    assert raised.value.problems[0].code == "media-access-denied"
