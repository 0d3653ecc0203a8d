"""Issue 11 §1: all spellings of a bucket's address lead to it, and nothing that looks like one."""

import pytest

from openevent.adapters.storage import MediaBucket

KEY = "temp/images/4b/L0RYL3g3VF/4b.png"
PLAIN = MediaBucket("oe-media", [], ["events/{event_id}/"])
DOTTED = MediaBucket("media.example.org", [], ["events/{event_id}/"])

# Host of all buckets → the same for a bucket of its own, as AWS documents them.
ENDPOINTS = [
    "s3.amazonaws.com",
    "s3.eu-central-1.amazonaws.com",
    "s3-eu-central-1.amazonaws.com",
    "s3.dualstack.eu-central-1.amazonaws.com",
    "s3-fips.us-gov-west-1.amazonaws.com",
    "s3-fips.dualstack.us-east-1.amazonaws.com",
    "s3-external-1.amazonaws.com",
    "s3.cn-north-1.amazonaws.com.cn",
    "s3.ap-southeast-2.amazonaws.com",
]
OWN_ENDPOINTS = [
    *ENDPOINTS,
    "s3-accelerate.amazonaws.com",
    "s3-accelerate.dualstack.amazonaws.com",
    "s3-website-eu-west-1.amazonaws.com",
    "s3-website.eu-central-1.amazonaws.com",
]


@pytest.mark.parametrize("bucket", [PLAIN, DOTTED], ids=["plain", "dotted"])
@pytest.mark.parametrize("scheme", ["https://", "http://", "HTTPS://"])
@pytest.mark.parametrize("endpoint", OWN_ENDPOINTS)
def test_virtual_hosted_addresses(bucket: MediaBucket, scheme: str, endpoint: str) -> None:
    assert bucket.key_of(f"{scheme}{bucket.name}.{endpoint}/{KEY}") == KEY


@pytest.mark.parametrize("bucket", [PLAIN, DOTTED], ids=["plain", "dotted"])
@pytest.mark.parametrize("scheme", ["https://", "http://"])
@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_path_style_addresses(bucket: MediaBucket, scheme: str, endpoint: str) -> None:
    assert bucket.key_of(f"{scheme}{endpoint}/{bucket.name}/{KEY}") == KEY


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("https://oe-media.s3.amazonaws.com:443/a.png", "a.png"),
        ("http://oe-media.s3.amazonaws.com:80/a.png", "a.png"),
        ("https://OE-Media.S3.AmazonAWS.com/A.png", "A.png"),
        ("https://oe-media.s3.amazonaws.com./a.png", "a.png"),
        (" https://oe-media.s3.amazonaws.com/a.png\n", "a.png"),
        ("https://oe-media.s3.amazonaws.com/a%20b%2Fc%C3%BC+d.png", "a b/cü+d.png"),
        ("https://oe-media.s3.amazonaws.com/a.png?X-Amz-Expires=1#top", "a.png"),
        ("https://s3.amazonaws.com/oe%2Dmedia/a.png", "a.png"),
        ("https://oe-media.s3.amazonaws.com//a.png", "/a.png"),
    ],
)
def test_details_of_a_spelling(address: str, key: str) -> None:
    assert PLAIN.key_of(address) == key


@pytest.mark.parametrize(
    "address",
    [
        "https://oe-media.s3.amazonaws.com.evil.example/a.png",
        "https://oe-media.s3.amazonaws.com.evil/a.png",
        "https://oe-media.s3.amazonaws.com@evil.example/a.png",
        "https://user:secret@oe-media.s3.amazonaws.com/a.png",
        "https://evil.example/oe-media.s3.amazonaws.com/a.png",
        "https://evil.example/https://oe-media.s3.amazonaws.com/a.png",
        "https://oe-media.s3.amazonaws.com:8443/a.png",
        "https://oe-media.s3.amazonaws.com:80/a.png",
        "https://oe-media.s3.amazonaws.com:wrong/a.png",
        "https://other.s3.amazonaws.com/a.png",
        "https://oe-media-2.s3.amazonaws.com/a.png",
        "https://other.oe-media.s3.amazonaws.com/a.png",
        "https://oe-media.other.s3.amazonaws.com/a.png",
        "https://oe-media.s3.s3.amazonaws.com/a.png",
        "https://oe-media.ec2.amazonaws.com/a.png",
        "https://oe-media.s3.evil-1.amazonaws.com/a.png",
        "https://oe-media.s3.eu-central-1.evil.com/a.png",
        "https://oe-medias3.amazonaws.com/a.png",
        "https://s3.amazonaws.com/other/a.png",
        "https://s3.amazonaws.com/oe-media2/a.png",
        "https://s3.amazonaws.com/OE-Media/a.png",
        "https://s3-accelerate.amazonaws.com/oe-media/a.png",
        "https://s3.amazonaws.com/oe-media",
        "https://s3.amazonaws.com/oe-media/",
        "https://oe-media.s3.amazonaws.com",
        "https://oe-media.s3.amazonaws.com/",
        "https://storage.googleapis.com/oe-media/a.png",
        "s3://oe-media/a.png",
        "ftp://oe-media.s3.amazonaws.com/a.png",
        "//oe-media.s3.amazonaws.com/a.png",
        "https://[oe-media.s3.amazonaws.com/a.png",
        "/static/media/a.png",
        "",
    ],
)
def test_look_alikes(address: str) -> None:
    assert PLAIN.key_of(address) is None


@pytest.mark.parametrize(
    ("name", "region", "address"),
    [
        ("oe-media", "eu-central-1", "https://oe-media.s3.amazonaws.com/a%20b.png"),
        ("a.b", "eu-central-1", "https://s3.eu-central-1.amazonaws.com/a.b/a%20b.png"),
        ("oe-media", "cn-north-1", "https://s3.cn-north-1.amazonaws.com.cn/oe-media/a%20b.png"),
    ],
)
def test_without_base_urls_new_addresses_are_those_of_the_server(
    name: str, region: str, address: str
) -> None:
    bucket = MediaBucket(name, [], ["events/{event_id}/"], region=region)
    assert bucket.address_of("a b.png") == address
    assert bucket.key_of(address) == "a b.png"
