"""Addresses that are an event's media, and the names of their copies."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openevent.adapters.storage import MediaBucket
from openevent.copying.media import MediaInUse, TextInUse, media_in_use, replaced
from openevent.making.names import safe_name

BUCKET = MediaBucket(
    "media",
    ["https://media.example.com", "https://s3.example.com/media"],
    ["events/{event_id}/", "events/{event_identifier}/"],
)
OWN = ("events/7/", "events/934ebe39/")
NEW = "events/8/"
ROOT = "https://s3.example.com/media"


def found(text: str) -> TextInUse:
    return TextInUse("sponsors", "logo_url", is_json=False, text=text)


def document(value: object) -> TextInUse:
    return TextInUse("events", "document_links", is_json=True, text=json.dumps(value))


def in_use(*texts: TextInUse) -> MediaInUse:
    return media_in_use(texts, BUCKET, OWN, NEW, root_url=ROOT)


@pytest.mark.parametrize(
    ("address", "source"),
    [
        ("https://media.example.com/events/7/logo/a.png", "events/7/logo/a.png"),
        ("https://MEDIA.example.com/events/934ebe39/a.png", "events/934ebe39/a.png"),
        ("https://s3.example.com/media/events/7/a%20b.png", "events/7/a b.png"),
        ("https://media.example.com/events/7/a.png?v=2#x", "events/7/a.png"),
        ("//media.example.com/events/7/a.png", "events/7/a.png"),
        ("http://media.example.com/events/7/a.png", "events/7/a.png"),
        ("events/7/a.png", "events/7/a.png"),
        (" events/7/a.png\n", "events/7/a.png"),
    ],
)
def test_an_address_under_the_events_own_keys_is_copied(address: str, source: str) -> None:
    media = in_use(found(address))
    assert [(a, copy.source) for a, copy in media.copies.items()] == [(address, source)]
    assert media.foreign == frozenset()


@pytest.mark.parametrize(
    "address",
    [
        "https://media.example.com/events/70/a.png",
        "https://media.example.com/events/7/../70/a.png",
        "https://media.example.com/events/7/%2e%2e/70/a.png",
        "https://media.example.com/exports/secret.zip",
        "https://media.example.com/events/7/" + "x" * 1100,
    ],
)
def test_an_address_under_other_keys_is_not(address: str) -> None:
    assert in_use(found(address)) == MediaInUse({}, frozenset({address}))


@pytest.mark.parametrize(
    "address",
    [
        "", "http://[", "https://media.example.com", "https://media.example.com/",
        "/events/7/a.png", "https://media.example.com:444/events/7/a.png",
        "https://other.example.com/events/7/a.png", "https://media.example.com@evil/events/7/a.png",
        "javascript:alert(1)",
    ],
)  # fmt: skip
def test_an_address_elsewhere_is_nothing_of_ours(address: str) -> None:
    media = in_use(found(address))
    assert (media.copies, media.foreign) == ({}, frozenset())


def test_an_object_that_is_held_twice_is_copied_once() -> None:
    media = in_use(
        found("https://media.example.com/events/7/a.png"),
        found("https://s3.example.com/media/events/7/a.png"),
        document([{"link": "https://media.example.com/events/7/a.png"}]),
    )
    assert len(media.copies) == 2
    assert len(set(media.copies.values())) == 1


def test_copies_have_their_own_names_under_the_new_keys() -> None:
    media = in_use(
        found("https://media.example.com/events/7/one/logo.png"),
        found("https://media.example.com/events/934ebe39/one/logo.png"),
    )
    targets = [copy.target for copy in media.copies.values()]
    assert len(set(targets)) == 2
    for target in targets:
        assert target.startswith("events/8/")
        assert target.endswith("/logo.png")


def test_addresses_in_documents_are_found_and_replaced() -> None:
    address = "https://media.example.com/events/7/a.pdf"
    links = [{"name": "né", "link": address}, {"deep": [[address, 1, None, True]]}, "other"]
    assert set(in_use(document(links)).copies) == {address}
    after = json.loads(replaced(document(links), {address: "new"}))
    assert after == [{"name": "né", "link": "new"}, {"deep": [["new", 1, None, True]]}, "other"]


def test_words_in_documents_are_no_media() -> None:
    links = [{"name": "How to get here", "link": "programme.pdf"}]
    media = media_in_use([document(links)], BUCKET, OWN, NEW, root_url="https://media.example.com")
    assert media == MediaInUse({}, frozenset())


@pytest.mark.parametrize("text", ["[" * 100_000, "9" * 10_000, '"\\ud800"'])
def test_documents_that_python_does_not_take_hold_nothing(text: str) -> None:
    assert in_use(TextInUse("sessions", "slides", is_json=True, text=text)) == MediaInUse(
        {}, frozenset()
    )


def test_a_text_is_replaced_as_a_whole() -> None:
    assert replaced(found("a"), {"a": "b"}) == "b"
    assert replaced(found("aa"), {"a": "b"}) == "aa"


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("events/7/logo.png", "logo.png"),
        ("events/7/Logo des Hauptsponsors (neu).PNG", "Logo-des-Hauptsponsors-neu-.PNG"),
        ("events/7/größe.jpg", "größe.jpg"),
        ("events/7/", "file"),
        ("events/7/.htaccess", "htaccess"),
        ("events/7/...", "file"),
        ("events/7/a\\b\r\n\0<c>.html", "a-b-c-.html"),
        ("events/7/" + "x" * 500 + ".png", "x" * 96 + ".png"),
    ],
)
def test_safe_names(key: str, name: str) -> None:
    assert safe_name(key) == name


@given(st.text())
def test_any_name_is_safe(key: str) -> None:
    name = safe_name(key)
    assert 1 <= len(name) <= 100
    assert name[0] not in ".-"
    assert not set(name) & set("/\\<>:\"'|?*%&# \r\n\0")


@given(st.text())
def test_any_address_is_looked_at_without_harm(address: str) -> None:
    for text in (address, "https://media.example.com/events/7/" + address):
        for copy in in_use(found(text)).copies.values():
            assert copy.source.startswith(OWN)
            assert copy.target.startswith(NEW)
