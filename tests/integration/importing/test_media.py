"""Media files of an archive are placed under the new event's keys, as the installation's are."""

import tracemalloc
from dataclasses import replace
from typing import Any

import pytest

from openevent.adapters.storage import BucketAcls, MediaBucket
from openevent.catalogue.table import MediaKind
from openevent.errors import Unavailable
from openevent.importing.source import MediaAddress, MediaFile, RemarkKind
from openevent.importing.writing import uploads
from openevent.importing.writing.written import MediaCounts
from openevent.media.source import MediaLimits, MediaSource
from tests.exports import NoWeb
from tests.factories.source import archive, source_event, source_row
from tests.failing_s3 import FailingS3, s3_error
from tests.integration.copying.conftest import ADDRESS, BUCKET
from tests.integration.importing.conftest import Importing

PHOTO = b"\x89PNG photo"
PNG = b"\x89PNG\r\n\x1a\n picture"


def test_media_files_are_placed_to_the_byte(importing: Importing) -> None:
    source = archive(
        source_row("speaker", 1, name="Ada", media={
            "photo_url": MediaFile("images/speakers/Ada Ä_1.png"),
            "thumbnail_image_url": MediaFile("images/thumb.png"),
        }),
        source_row("sessions", 2, title="T", media={
            "video_url": MediaAddress("https://video.example.com/1"),
            "slides_url": MediaFile("slides/s.pdf"),
        }),
        source_row("sponsors", 3, name="Big", media={
            "logo_url": MediaFile("images/logo.png"), "unheard_of": MediaFile("images/logo.png"),
        }),
        event=source_event(media={"logo_url": MediaFile("images/logo.png")}),
        media={
            "images/speakers/Ada Ä_1.png": PHOTO, "images/thumb.png": b"",
            "slides/s.pdf": b"pdf", "images/logo.png": b"logo",
        },
    )  # fmt: skip
    written = importing.write(source)

    (speaker,) = importing.rows("speaker", written)
    (session,), (sponsor,) = (importing.rows(name, written) for name in ("sessions", "sponsors"))
    prefix = f"{ADDRESS}/events/{written.event_id}/{written.identifier}/"
    photo = importing.media.get(speaker["photo_url"])
    assert speaker["photo_url"].startswith(prefix)
    assert speaker["photo_url"].endswith("/Ada-%C3%84_1.png")
    assert (photo["Body"], photo["ContentType"]) == (PHOTO, "image/png")
    assert photo["ContentDisposition"].startswith("attachment")
    assert importing.media.get(speaker["thumbnail_image_url"])["Body"] == b""
    assert importing.media.get(session["slides_url"])["Body"] == b"pdf"
    assert session["video_url"] == "https://video.example.com/1"
    # One entry of the archive is one object, however many rows refer to it.
    assert sponsor["logo_url"] == importing.event(written)["logo_url"]
    assert importing.media.get(sponsor["logo_url"])["Body"] == b"logo"
    assert len(importing.media.keys()) == 4
    assert written.media == MediaCounts(placed=4, kept=1, size=len(PHOTO) + 3 + 4)
    assert source.opened == [
        ("images/logo.png", MediaKind.IMAGE),
        ("images/speakers/Ada Ä_1.png", MediaKind.IMAGE),
        ("images/thumb.png", MediaKind.IMAGE),
        ("slides/s.pdf", MediaKind.DOCUMENT),
    ]


def test_an_acl_is_the_installation_s(importing: Importing) -> None:
    source = archive(
        event=source_event(media={"logo_url": MediaFile("a.png")}), media={"a.png": b"a"}
    )
    written = importing.write(source)
    (key,) = importing.media.keys()
    grants = importing.media.client.get_object_acl(Bucket=BUCKET, Key=key)["Grants"]
    readers = [grant["Grantee"].get("URI", "") for grant in grants if grant["Permission"] == "READ"]
    assert readers == ["http://acs.amazonaws.com/groups/global/AllUsers"]
    assert importing.event(written)["logo_url"] == f"{ADDRESS}/{key}"


def test_a_bucket_without_acls_gets_none(importing: Importing) -> None:
    importing.media.client.put_bucket_ownership_controls(
        Bucket=BUCKET, OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    )
    calls = Recorded(importing.media.client)
    use(importing, calls)
    importing.write(logo())
    assert [sorted(arguments) for arguments in calls.puts] == [
        ["Body", "Bucket", "ContentDisposition", "ContentType", "Key"]
    ]


def test_a_bucket_that_blocks_public_acls_gets_none(importing: Importing) -> None:
    calls = Recorded(importing.media.client, blocks_public_acls=True)
    use(importing, calls)
    source = archive(
        *(source_row("sponsors", n, name="S", media={"logo_url": MediaFile(f"{n}.png")})
          for n in range(40)),
        media={f"{n}.png": b"x" for n in range(40)},
    )  # fmt: skip
    importing.write(source)
    assert len(importing.media.keys()) == 40
    assert "ACL" not in calls.puts[-1]


def test_a_damaged_file_is_refused_and_the_rest_is_imported(
    importing: Importing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "PART_BYTES", 5 * 2**20)
    large = bytes(range(256)) * (12 * 2**12)
    source = archive(
        source_row("sponsors", 1, name="A", media={"logo_url": MediaFile("no.png")}),
        source_row("sponsors", 2, name="B", media={"logo_url": MediaFile("short.png")}),
        source_row("sponsors", 3, name="C", media={"logo_url": MediaFile("half.png")}),
        source_row("sponsors", 4, name="D", media={"logo_url": MediaFile("large.png")}),
        media={"short.png": b"12345", "half.png": large, "large.png": large},
    )
    source.damaged = {"short.png": 3, "half.png": 11 * 2**20}
    written = importing.write(source)

    sponsors = importing.rows("sponsors", written)
    assert [row["logo_url"] is None for row in sponsors] == [True, True, True, False]
    assert importing.media.get(sponsors[3]["logo_url"])["Body"] == large
    assert len(importing.media.keys()) == 1
    assert importing.media.uploads() == 0
    assert written.media == MediaCounts(placed=1, refused=3, size=len(large))
    assert importing.remarks.of(RemarkKind.MEDIA_REFUSED) == [
        ("media-unreadable", "sponsors", 1, "logo_url", 1),
        ("media-damaged", "sponsors", 2, "logo_url", 1),
        ("media-damaged", "sponsors", 3, "logo_url", 1),
    ]


def test_media_of_a_row_that_the_database_refuses_is_removed(importing: Importing) -> None:
    importing.run("ALTER TABLE sponsors ADD CHECK (name <> 'bad')")
    importing = importing.in_a_new_process()
    files = {"bad.png": b"bad", "good.png": b"good"}
    source = archive(
        source_row("sponsors", 1, name="bad", media={"logo_url": MediaFile("bad.png")}),
        source_row("sponsors", 2, name="bad", media={"logo_url": MediaFile("good.png")}),
        source_row("sponsors", 3, name="good", media={"logo_url": MediaFile("good.png")}),
        media=files,
    )
    written = importing.write(source)
    (sponsor,) = importing.rows("sponsors", written)
    assert importing.media.get(sponsor["logo_url"])["Body"] == b"good"
    assert len(importing.media.keys()) == 1
    assert written.media.placed == 1


def test_a_dry_run_reads_media_and_stores_none(importing: Importing) -> None:
    source = archive(
        source_row("sponsors", 1, name="A", media={"logo_url": MediaFile("no.png")}),
        source_row("sponsors", 2, name="B", media={"logo_url": MediaFile("a.png")}),
        source_row("sponsors", 3, name="B", media={"logo_url": MediaFile("short.png")}),
        media={"a.png": b"12345", "short.png": b"12345"},
    )
    source.damaged = {"short.png": 3}
    written = importing.write(source, dry_run=True)
    assert written.media == MediaCounts(placed=1, refused=2, size=5)
    assert importing.media.keys() == set()


def test_many_images_take_the_memory_of_a_few(importing: Importing) -> None:
    """Files wait for room before they are read."""
    image = bytes(2**20)
    count = 80
    source = archive(
        *(source_row("sponsors", n, name="S", media={"logo_url": MediaFile(f"{n}.png")})
          for n in range(count)),
        media=dict.fromkeys((f"{n}.png" for n in range(count)), image),
    )  # fmt: skip
    calls = Recorded(importing.media.client, drops_bodies=True)
    use(importing, calls)
    importing.deps = replace(importing.deps, concurrency=4)
    tracemalloc.start()
    try:
        importing.write(source)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(calls.puts) == count
    assert peak < 24 * len(image)


def logo() -> Any:  # noqa: ANN401 - an archive
    """An archive with one media file."""
    return archive(
        event=source_event(media={"logo_url": MediaFile("a.png")}), media={"a.png": b"a"}
    )


class Recorded:
    """The bucket's real client, which notes the objects that are put."""

    def __init__(
        self,
        client: Any,  # noqa: ANN401
        *,
        blocks_public_acls: bool = False,
        drops_bodies: bool = False,
    ) -> None:
        self._client = client
        self._blocks = blocks_public_acls
        self._drops = drops_bodies
        self.puts: list[dict[str, Any]] = []

    def put_object(self, **arguments: Any) -> Any:  # noqa: ANN401
        if self._blocks and "ACL" in arguments:
            raise s3_error("AccessDenied")
        self.puts.append({**arguments, "Body": b""} if self._drops else arguments)
        return None if self._drops else self._client.put_object(**arguments)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        return getattr(self._client, name)


def use(importing: Importing, client: Any) -> None:  # noqa: ANN401 - a wrapped client
    """Let imports use this client of S3."""
    importing.deps = replace(importing.deps, s3=client, acls=BucketAcls(client, BUCKET))


@pytest.mark.parametrize(
    ("operation", "code"),
    [("put_object", "SlowDown"), ("put_object", "AccessDenied")],
)
def test_an_s3_that_fails_leaves_nothing(importing: Importing, operation: str, code: str) -> None:
    source = archive(
        *(source_row("sponsors", n, name="S", media={"logo_url": MediaFile(f"{n}.png")})
          for n in range(30)),
        media={f"{n}.png": b"x" for n in range(30)},
    )  # fmt: skip
    before = importing.snapshot()
    use(importing, FailingS3(importing.media.client, operation, works=9, failure=s3_error(code)))
    with pytest.raises(Unavailable) as failed:
        importing.write(source)
    assert failed.value.code == {
        "SlowDown": "media-unavailable", "AccessDenied": "media-access-denied",
    }[code]  # fmt: skip
    assert importing.media.keys() == set()
    assert importing.snapshot() == before


def test_addresses_are_fetched_if_the_call_asks_for_it(importing: Importing) -> None:
    there = importing.media.put("temp/images/there.png", PNG, ContentType="image/png")
    page = importing.media.put("temp/images/page.html", b"<html>", ContentType="text/html")
    source = archive(
        source_row("speaker", 1, name="Ada", media={"photo_url": MediaAddress(there)}),
        source_row("speaker", 2, name="Eve", media={"photo_url": MediaAddress(there)}),
        source_row("sponsors", 3, name="A", media={"logo_url": MediaAddress(page)}),
        source_row("sponsors", 4, name="B", media={"logo_url": MediaFile("a.png")}),
        source_row("sponsors", 5, name="C", media={
            "logo_url": MediaAddress("https://web.example.org/logo.png"),
        }),
        media={"a.png": PNG},
    )  # fmt: skip
    importing.deps = replace(
        importing.deps,
        media=MediaSource(
            importing.media.client,
            NoWeb(),
            MediaLimits(file_bytes=1 << 20, file_seconds=5, total_bytes=1 << 20),
            MediaBucket(BUCKET, [ADDRESS], ["events/{event_id}/"], ["temp/images/"]),
            ADDRESS,
        ),
        bucket=MediaBucket(BUCKET, [ADDRESS], ["events/{event_id}/"], ["temp/images/"]),
    )
    call = replace(importing.call(), fetch=True)
    written = importing.deps.write(call, importing.order(source))

    photos = [row["photo_url"] for row in importing.rows("speaker", written)]
    prefix = f"{ADDRESS}/events/{written.event_id}/{written.identifier}/"
    assert photos[0] == photos[1]
    assert photos[0].startswith(prefix)
    found = importing.media.get(photos[0])
    assert (found["Body"], found["ContentType"]) == (PNG, "image/png")
    logos = [row["logo_url"] for row in importing.rows("sponsors", written)]
    assert (logos[0], logos[2]) == (page, "https://web.example.org/logo.png")
    assert logos[1].startswith(prefix)
    assert len(importing.media.keys()) == 4
    assert importing.remarks.of(RemarkKind.MEDIA_MISSING) == [
        ("web-page", "sponsors", 3, "logo_url", 1),
        ("host-unknown", "sponsors", 5, "logo_url", 1),
    ]
    assert (written.media.placed, written.media.fetched, written.media.missing) == (1, 1, 2)
