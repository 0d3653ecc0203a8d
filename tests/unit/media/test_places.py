"""Issue 11 §1: where a file of today's server is fetched from, by its address in the database."""

import pytest

from openevent.adapters.storage import MediaBucket
from openevent.media.places import Place, Places
from openevent.media.skipped import Reason, Skipped
from openevent.rights.events import Event

ROOT = "https://api.example.org"
BUCKET = MediaBucket(
    "oe-media", [], ["events/{event_id}/"], ["temp/images/", "events/temp/", "users/"]
)
PLACES = Places.of_event(BUCKET, Event(7, "934ebe39", "An event", None), ROOT)
FILE = "temp/images/4b/L0RYL3g3VF/4b.png"


@pytest.mark.parametrize(
    ("address", "fetched"),
    [
        (f"/static/media/{FILE}", f"{ROOT}/static/media/{FILE}"),
        (f"{ROOT}/static/media/{FILE}", f"{ROOT}/static/media/{FILE}"),
        (f"http://api.example.org:8080/static/media/{FILE}", f"{ROOT}/static/media/{FILE}"),
        (f"http://localhost/static/media/{FILE}", f"{ROOT}/static/media/{FILE}"),
        (f"http://localhost:8080/static/media/{FILE}?a=b", f"{ROOT}/static/media/{FILE}?a=b"),
        (f"http://127.0.0.1:5000/static/media/{FILE}", f"{ROOT}/static/media/{FILE}"),
        ("http://localhost/static/media/events/7/a.png", f"{ROOT}/static/media/events/7/a.png"),
        ("http://localhost/static/uploads/4b.png", f"{ROOT}/static/uploads/4b.png"),
        ("/static/default_system_image.png", f"{ROOT}/static/default_system_image.png"),
        (f"https://static.example.org/static/media/{FILE}",) * 2,
        ("https://storage.googleapis.com/eventyay.com/events/6/logo/UVkwUDNQRG/a.png",) * 2,
        (f"https://storage.googleapis.com/oe-media/{FILE}",) * 2,
        ("http://localhost/v1/events",) * 2,
    ],
)
def test_addresses_outside_the_bucket(address: str, fetched: str) -> None:
    assert PLACES.locate(address) == Place(fetched, None)
    assert not PLACES.is_in_bucket(address)


@pytest.mark.parametrize(
    "address",
    [
        "/static/media/orders/invoices/pdf/a.pdf",
        "http://localhost/static/media/exports/8/zip/L0RYL3g3VF/a.zip",
        f"{ROOT}/static//media/badge-forms/generated-pdf/a.pdf",
        f"{ROOT}/static/media/%6Frders/a.pdf",
        f"{ROOT}/static/media/events/8/large/a.jpg",
        f"{ROOT}/static/media/users/%2e%2e/orders/a.pdf",
        f"{ROOT}/x/../static/media/orders/a.pdf",
        f"{ROOT}/x/%2e%2e/static/./media/orders/a.pdf",
        f"{ROOT}//static/media/orders/a.pdf",
        "/static/uploads/exports/event8.zip",
        "/static/uploads/temp/8/event_ical.ics",
        "https://storage.googleapis.com/eventyay.com/orders/invoices/pdf/a.pdf",
        "https://oe-media.s3.amazonaws.com/orders/invoices/pdf/a.pdf",
        "https://oe-media.s3.amazonaws.com/events/8/large/a.jpg",
    ],
)
def test_files_that_are_never_read(address: str) -> None:
    with pytest.raises(Skipped) as skipped:
        PLACES.locate(address)
    assert skipped.value.reason is Reason.FORBIDDEN_KEY


@pytest.mark.parametrize("key", [FILE, "events/7/large/L0/a.jpg", "users/12/thumbnail/L0/a.jpg"])
def test_addresses_in_the_bucket(key: str) -> None:
    address = f"https://oe-media.s3.amazonaws.com/{key}"
    assert PLACES.locate(address) == Place(address, key)
    assert PLACES.is_in_bucket(address)


def test_a_path_with_two_slashes_names_no_other_host() -> None:
    assert PLACES.locate(f"{ROOT}//static/media/a.png") == Place(f"{ROOT}/static/media/a.png", None)
