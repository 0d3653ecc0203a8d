"""Addresses of objects of the media bucket, and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openevent.adapters.storage import MediaBucket

BUCKET = MediaBucket(
    "media",
    ["https://media.s3.example.com/", "https://CDN.example.com/files"],
    ["events/{event_id}/", "events/{event_identifier}/"],
)


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("https://media.s3.example.com/events/1/logo.png", "events/1/logo.png"),
        ("https://MEDIA.s3.Example.com/events/1/logo.png", "events/1/logo.png"),
        ("HTTPS://media.s3.example.com/a", "a"),
        ("http://media.s3.example.com/a", "a"),
        ("https://cdn.example.com/files/events/1/a%20b+c.png", "events/1/a b+c.png"),
        ("https://cdn.example.com/files/events/1/%C3%BC%2F..", "events/1/ü/.."),
        ("https://media.s3.example.com/a.png?v=2#top", "a.png"),
        ("https://media.s3.example.com//a", "/a"),
    ],
)
def test_addresses_of_objects(address: str, key: str) -> None:
    assert BUCKET.key_of(address) == key


@pytest.mark.parametrize(
    "address",
    [
        "https://other.s3.example.com/events/1/logo.png",
        "https://media.s3.example.com.evil.example/events/1/logo.png",
        "https://evil.example/https://media.s3.example.com/a",
        "https://media.s3.example.com@evil.example/a",
        "https://media.s3.example.com:8443/a",
        "https://media.s3.example.com/",
        "https://media.s3.example.com",
        "https://cdn.example.com/a",
        "https://cdn.example.com/filesystem/a",
        "https://cdn.example.com/files",
        "s3://media/events/1/logo.png",
        "events/1/logo.png",
        "",
    ],
)
def test_addresses_elsewhere(address: str) -> None:
    assert BUCKET.key_of(address) is None


@given(st.text(min_size=1).filter(lambda key: key.isprintable()))
def test_a_key_comes_back_from_its_address(key: str) -> None:
    assert BUCKET.key_of(BUCKET.address_of(key)) == key


def test_the_first_base_is_that_of_new_addresses() -> None:
    address = BUCKET.address_of("events/1/Jürgen & Søn.png")
    assert address == "https://media.s3.example.com/events/1/J%C3%BCrgen%20%26%20S%C3%B8n.png"


def test_prefixes_of_an_event() -> None:
    assert BUCKET.prefixes_of(7, "934ebe39") == ("events/7/", "events/934ebe39/")
    assert BUCKET.prefixes_of(7, "{event_id}") == ("events/7/", "events/{event_id}/")
