"""Issue 11 §1: keys that may be read for an event, in the layout of the real server."""

import pytest

from openevent.adapters.storage import MediaBucket
from openevent.edge.settings import MediaSettings
from openevent.wiring.media import media_bucket

OWN = ("events/{event_id}/", "events/{event_identifier}/")
UUID = "0b9c3f0e-5f7f-4d5e-9d3c-3a3f6f1c2d4e"


def read_by_default(key: str) -> bool:
    settings = MediaSettings(media_bucket="oe-media", media_base_urls=())
    return may_read(media_bucket(settings), key)


def may_read(bucket: MediaBucket, key: str) -> bool:
    """Return whether event 7, 934ebe39, may have the key."""
    return bucket.may_read(key, bucket.prefixes_of(7, "934ebe39"))


@pytest.mark.parametrize(
    "key",
    [
        f"temp/images/{UUID}/L0RYL3g3VF/{UUID}.png",
        f"events/temp/{UUID}/L0RYL3g3VF/{UUID}.pdf",
        f"users/7/original/L0RYL3g3VF/{UUID}.jpg",
        f"users/12/thumbnail/L0RYL3g3VF/{UUID}.jpg",
        f"event_topic/1/system_image/L0RYL3g3VF/{UUID}.png",
        f"exhibitors/3/thumbnail/L0RYL3g3VF/{UUID}.jpg",
        f"events/7/large/L0RYL3g3VF/{UUID}.jpg",
        "events/934ebe39/logo.png",
    ],
)
def test_public_uploads_and_what_is_the_events_own_are_read(key: str) -> None:
    assert read_by_default(key)


PRIVATE = [
    "exports/7/zip/L0RYL3g3VF/event7.zip",
    "exports/7/temp/ical/L0RYL3g3VF/a.ics",
    "exports/admin/csv/L0RYL3g3VF/a.csv",
    "attendees/tickets/pdf/a/L0RYL3g3VF/a.pdf",
    "orders/tickets/pdf/a/L0RYL3g3VF/a.pdf",
    "orders/invoices/pdf/a/L0RYL3g3VF/a.pdf",
    "events/organizer/invoices/pdf/a/L0RYL3g3VF/a.pdf",
    "badge-forms/generated-pdf/a/L0RYL3g3VF/a.pdf",
    "generated/tickets/a.pdf",
    "/orders/a.pdf",
    "orders//a.pdf",
    "static/media/orders/invoices/pdf/a.pdf",
    "temp/images/../../orders/a.pdf",
    "temp/images/./a.png",
]
OTHER_EVENTS = [
    f"events/70/large/L0RYL3g3VF/{UUID}.jpg",
    f"events/8/large/L0RYL3g3VF/{UUID}.jpg",
    "events/8",
    "events/0b9c3f0e/logo.png",
]


@pytest.mark.parametrize("key", [*PRIVATE, *OTHER_EVENTS, "anything.png", "temp/other/a.png"])
def test_nothing_else_is_read(key: str) -> None:
    assert not read_by_default(key)


@pytest.mark.parametrize("key", [*PRIVATE, *OTHER_EVENTS])
@pytest.mark.parametrize("public", ["events/", "e", "events/organizer", "orders/", "events/8/"])
def test_no_parameter_opens_private_keys_or_other_events(public: str, key: str) -> None:
    bucket = MediaBucket("oe-media", [], [*OWN, "events/", "orders/"], [public, "exports/"])
    assert not may_read(bucket, key)


def test_other_folders_of_events_are_closed_too() -> None:
    bucket = MediaBucket("oe-media", [], ["media/conf-{event_id}"], ["media/", "media/conf-"])
    assert may_read(bucket, "media/conf-7/a.png")
    assert may_read(bucket, "media/a.png")
    assert not may_read(bucket, "media/conf-70/a.png")
    assert not may_read(bucket, "media/conf-8/a.png")


def test_a_public_prefix_is_a_folder() -> None:
    bucket = MediaBucket("oe-media", [], OWN, ["temp/images"])
    assert may_read(bucket, "temp/images/a.png")
    assert not may_read(bucket, "temp/images-of-others/a.png")


def test_an_identifier_opens_no_private_folder() -> None:
    bucket = MediaBucket("oe-media", [], OWN)
    prefixes = bucket.prefixes_of(7, "organizer")
    assert not bucket.may_read("events/organizer/invoices/pdf/a.pdf", prefixes)
