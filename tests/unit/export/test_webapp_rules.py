"""The rules of the `webapp` dialect refuse whatever its readers crash, hang or lose data on."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from openevent.export.dialects.webapp_rules import KEYS, Rules, check_keys
from openevent.export.repairs import Unfit

Files = dict[str, list[dict[str, Any]]]

DATE = "2031-03-30T10:00:00+01:00"


def files() -> Files:
    """An archive that is fit, with one row in each file."""
    named = {"id": 1, "name": "A"}
    both = {"starts-at": DATE, "ends-at": DATE, "start_time": DATE, "end_time": DATE}

    def texts(*names: str) -> dict[str, str]:
        return {key: "" for name in names for key in (name, name.replace("_", "-"))}

    return {
        "event": [
            {
                **named,
                **both,
                "timezone": "UTC",
                "latitude": 1.5,
                "longitude": None,
                "description": "",
                **texts("location_name", "owner_name", "owner_description", "organizer_name"),
                **texts("organizer_description", "code_of_conduct"),
                **dict.fromkeys(("ticket_url", "ticket-url"), "https://example.org/e/1"),
                "email": None,
                "logo": "/images/logo.png",
                "logo-url": "/images/logo.png",
                "background_image": None,
                "original-image-url": None,
                "social_links": [],
                "social-links": [],
                "copyright": None,
                "event-copyright": {
                    "id": 0,
                    "year": 0,
                    **texts("licence", "holder", "licence_url"),
                    "logo-url": "",
                    "holder-url": "",
                },
                "speakers-call": None,
            }
        ],
        "sessions": [
            {
                "id": 1,
                **both,
                **texts("title", "subtitle", "short_abstract", "long_abstract"),
                "state": "accepted",
                "track": named,
                "microlocation": named,
                "session_type": None,
                "session-type": None,
                "speakers": [named],
                "audio": None,
                "audio-url": None,
                "video": None,
                "video-url": None,
                "slides": None,
                "slides-url": None,
            }
        ],
        "speakers": [
            {
                **named,
                **dict.fromkeys(("photo", "photo-url", "thumbnail-image-url")),
                **texts("short_biography", "long_biography", "organisation", "position"),
                "country": "",
                **dict.fromkeys(("website", "web", "twitter", "facebook", "github", "linkedin")),
                "featured": False,
                "is-featured": False,
                "sessions": [{"id": 1, "title": "", "state": "accepted"}],
            }
        ],
        "sponsors": [
            {**named, "type": "", "sponsor_type": ""}
            | dict.fromkeys(("logo", "logo-url"), "/images/logo.png")
            | {"url": None, "level": "1"}
        ],
        "tracks": [
            {**named, "color": "#123456", "font_color": "#ffffff", "font-color": "#ffffff"}
            | {"sessions": [{"id": 1, "title": ""}]}
        ],
        "microlocations": [{**named, "floor": None}],
        "session_types": [named],
        "meta": [{"root-url": None}],
        "forms": [{"anything": object}],
    }


def judge(archive: Files) -> None:
    rules = Rules()
    for name, rows in archive.items():
        for row in rows:
            rules.check_row(name, row)
            if name in ("event", "sessions", "speakers", "sponsors"):
                rules.check_row_with_media(name, row)
    rules.check_references()
    rules.check_media(["images/logo.png", "event"])


def test_what_is_fit_passes() -> None:
    judge(files())


@pytest.mark.parametrize(
    ("file", "key"), [(file, key) for file, keys in KEYS.items() for key in keys]
)
def test_a_missing_key_is_refused(file: str, key: str) -> None:
    document = copy.deepcopy(files()[file][0])
    document.pop(key)
    with pytest.raises(Unfit) as refused:
        check_keys(file, document)
    assert (refused.value.file, refused.value.field) == (file, key)
    assert refused.value.problem == "is missing"


def _set(file: str, key: str, value: object) -> Callable[[Files], None]:
    def change(archive: Files) -> None:
        archive[file][0][key] = value

    return change


BROKEN: dict[str, tuple[Callable[[Files], None], str, str]] = {
    "a name that is a path": (_set("event", "name", "a/b"), "event", "name"),
    "a name of nothing": (_set("event", "name", " - "), "event", "name"),
    "a time in UTC's short form": (
        _set("event", "start_time", "2031-03-30"),
        "event",
        "start_time",
    ),
    "a day no month has": (
        _set("sessions", "starts-at", "2031-02-30T10:00:00+01:00"),
        "sessions",
        "starts-at",
    ),
    "no track": (_set("sessions", "track", None), "sessions", "track"),
    "a track that is nowhere": (
        _set("sessions", "track", {"id": 7, "name": ""}),
        "sessions",
        "track",
    ),
    "a speaker who is gone": (
        _set("sessions", "speakers", [{"id": 7, "name": ""}]),
        "sessions",
        "speakers",
    ),
    "a session that is gone": (
        _set("speakers", "sessions", [{"id": 7, "title": "", "state": ""}]),
        "speakers",
        "sessions",
    ),
    "a room that is gone": (
        _set("sessions", "microlocation", {"id": 7, "name": ""}),
        "sessions",
        "microlocation",
    ),
    "a session that is not shown": (_set("sessions", "state", "withdrawn"), "sessions", "state"),
    "speakers that are no list": (_set("sessions", "speakers", None), "sessions", "speakers"),
    "audio with a slash": (_set("sessions", "audio", "/audio/a.mp3"), "sessions", "audio"),
    "a speaker's address": (_set("speakers", "email", "a@example.org"), "speakers", "email"),
    "a picture on the web": (
        _set("speakers", "photo", "https://example.org/a.png"),
        "speakers",
        "photo",
    ),
    "a picture that is not there": (
        _set("speakers", "photo", "/images/speakers/speaker_1.png"),
        "speakers",
        "photo",
    ),
    "a number for a level": (_set("sponsors", "level", 1), "sponsors", "level"),
    "a gap in the levels": (_set("sponsors", "level", "2"), "sponsors", "level"),
    "a colour in words": (_set("tracks", "color", "red"), "tracks", "color"),
    "a licence in the way": (_set("event", "licence_details", {}), "event", "licence_details"),
    "a latitude in words": (_set("event", "latitude", "NaN"), "event", "latitude"),
    "a flag for an id": (_set("tracks", "id", value=True), "tracks", "id"),
    "a flag for a latitude": (_set("event", "latitude", value=True), "event", "latitude"),
    "a flag for a year": (
        _set("event", "event-copyright", {**files()["event"][0]["event-copyright"], "year": True}),
        "event",
        "event-copyright",
    ),
    "text for an id": (_set("tracks", "id", "1"), "tracks", "id"),
    "D1: an unknown zone": (_set("event", "timezone", "US / Pacific"), "event", "timezone"),
    "D1: no zone": (_set("event", "timezone", ""), "event", "timezone"),
    "D2: no room": (_set("sessions", "microlocation", None), "sessions", "microlocation"),
    "D3: a script": (_set("event", "description", "<script>x"), "event", "description"),
    "D3: the end of a script": (
        _set("speakers", "long_biography", "a</script >b<svg>"),
        "speakers",
        "long_biography",
    ),
    "D3: a comment": (_set("sessions", "long-abstract", "<!-- a"), "sessions", "long-abstract"),
    "D3: a script in an attribute": (
        _set("sessions", "short_abstract", '<b onclick="x">'),
        "sessions",
        "short_abstract",
    ),
    "D3: a script in a link": (
        _set("sessions", "short_abstract", '<a href="javascript:x">'),
        "sessions",
        "short_abstract",
    ),
    "D4: a comment in a title": (_set("sessions", "title", "a <!-- b"), "sessions", "title"),
    "D4: markup in a name": (_set("tracks", "name", "<b>a</b>"), "tracks", "name"),
    "D4: a quotation mark in an attribute": (_set("sponsors", "name", '"a"'), "sponsors", "name"),
    "D6: a sponsor without a picture": (_set("sponsors", "logo", None), "sponsors", "logo"),
    "D7: a link without a scheme": (
        _set("speakers", "github", "github.com/x"),
        "speakers",
        "github",
    ),
    "D7: a link with a script": (_set("sponsors", "url", "javascript:x"), "sponsors", "url"),
    "D7: a link that ends an attribute": (
        _set("speakers", "web", 'https://a.example/"'),
        "speakers",
        "web",
    ),
    "D8: an SVG": (_set("sponsors", "logo", "/images/sponsors/a.svg"), "sponsors", "logo"),
    "D9: a colour by hue": (_set("tracks", "color", "hsl(1,1%,1%)"), "tracks", "color"),
    "D10: a line break": (_set("sessions", "long_abstract", "a\nb"), "sessions", "long_abstract"),
    "D10: a separator of lines": (
        _set("sessions", "long_abstract", "a\u2028b"),
        "sessions",
        "long_abstract",
    ),
    "D10: a backslash": (_set("sessions", "long_abstract", "a\\b"), "sessions", "long_abstract"),
    "D11: a licence without a picture": (
        _set(
            "event",
            "event-copyright",
            {**files()["event"][0]["event-copyright"], "licence": "CC0"},
        ),
        "event",
        "event-copyright",
    ),
    "an event without a logo": (_set("event", "logo-url", None), "event", "logo-url"),
    "a video elsewhere": (_set("sessions", "video", "https://vimeo.com/1"), "sessions", "video"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_breaks_a_reader_is_refused_with_its_place(name: str) -> None:
    change, file, key = BROKEN[name]
    archive = copy.deepcopy(files())
    change(archive)
    with pytest.raises(Unfit) as refused:
        judge(archive)
    assert (refused.value.file, refused.value.field) == (file, key)


def test_an_id_that_is_there_twice_is_refused() -> None:
    archive = files()
    archive["sponsors"] *= 2
    with pytest.raises(Unfit, match="occurs twice"):
        judge(archive)
