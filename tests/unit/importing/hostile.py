"""Archives that are made to do harm, and what reading says of each."""

import json
from collections.abc import Callable, Mapping
from struct import pack

from openevent.importing.reading.limits import Limits
from tests.unit.importing.archives import Json, as_bytes, zipped
from tests.unit.importing.zips import DEFLATED, MAX_16, MAX_32, End, Entry, Zip64, build, repeated

EVENT: Json = {
    "id": 7,
    "name": "Lake Days",
    "starts_at": "2027-04-16T09:00:00+05:45",
    "ends_at": "2027-04-18T18:00:00+05:45",
    "timezone": "Asia/Kathmandu",
}
PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)

# Deeper than any version of Python decodes.
DEEP = 15_000

# Small, so that hostile archives are small.
LIMITS = Limits(
    entries=20,
    name_bytes=60,
    depth=3,
    directory_bytes=2000,
    ratio_from=1000,
    data_bytes=20_000,
    manifest_bytes=20_000,
    media_bytes=5000,
    total_bytes=100_000,
    row_characters=2000,
    rows=30,
)


def event_entry(**wrong: object) -> Entry:
    return Entry("event", as_bytes(EVENT), **wrong)  # type: ignore[arg-type]


def beside(*entries: Entry, end: End | None = None, before: bytes = b"") -> bytes:
    """An archive with an event and `entries`."""
    return build([event_entry(), *entries], end, before=before)


def with_file(name: str, content: object, **more: object) -> bytes:
    return zipped({"event": EVENT, name: content, **more})


def with_event(**values: object) -> bytes:
    return zipped({"event": {**EVENT, **values}})


def with_session(text: str) -> bytes:
    """An archive with one session, of which `text` is the JSON after its id."""
    return with_file("sessions", f'[{{"id": 1, {text}}}]')


def manifest(**values: object) -> Json:
    return {"format_version": 1, "options": {"dialect": "server", "privacy": "full"}, **values}


def _of_sizes(size: int, stored: int, header: int) -> bytes:
    """A ZIP64 extra field."""
    return pack("<2H3Q", 1, 24, size, stored, header)


# What is refused: the archive, and the code.
REFUSED: Mapping[str, tuple[Callable[[], bytes], str]] = {
    "empty": (lambda: b"", "archive-not-a-zip"),
    "text": (lambda: b"not a zip" * 100, "archive-not-a-zip"),
    "only-an-end": (lambda: build([]), "event-missing"),
    "cut-off": (lambda: beside()[:-5], "archive-not-a-zip"),
    "something-after-the-end": (
        lambda: beside(end=End(after=b"<html>")),
        "archive-not-a-zip",
    ),
    "something-before-the-start": (lambda: b"#!/bin/sh\n" + beside(), "archive-damaged"),
    "comment-that-is-too-long": (lambda: beside(end=End(comment_size=9)), "archive-not-a-zip"),
    "second-end-in-the-comment": (
        lambda: beside(end=End(comment=b"PK\x05\x06" + bytes(18))),
        "archive-damaged",
    ),
    "part-of-several": (lambda: beside(end=End(disk=1)), "archive-damaged"),
    "entry-on-another-disk": (lambda: beside(Entry("a", disk=2)), "archive-damaged"),
    "counts-that-differ": (lambda: beside(end=End(here=2)), "archive-damaged"),
    "fewer-entries-than-said": (lambda: beside(end=End(count=3)), "archive-damaged"),
    "more-entries-than-said": (lambda: beside(Entry("a"), end=End(count=1)), "archive-damaged"),
    "directory-elsewhere": (lambda: beside(end=End(offset=4)), "archive-damaged"),
    "directory-of-another-size": (lambda: beside(end=End(size=20)), "archive-damaged"),
    "directory-beyond-the-file": (lambda: beside(end=End(size=2**31)), "archive-damaged"),
    "a-million-entries-by-its-end": (
        lambda: beside(end=End(zip64=Zip64(count=10**6), count=MAX_16)),
        "archive-too-many-entries",
    ),
    "too-many-entries": (
        lambda: beside(*(Entry(f"a{number}") for number in range(30))),
        "archive-too-many-entries",
    ),
    "directory-too-large": (
        lambda: beside(*(Entry(f"{number}{'n' * 50}", extra=bytes(99)) for number in range(12))),
        "archive-directory-too-large",
    ),
    "zip64-without-a-record": (lambda: beside(end=End(count=MAX_16)), "archive-damaged"),
    "zip64-locator-alone": (
        lambda: beside(end=End(zip64=Zip64(locator_only=True))),
        "archive-damaged",
    ),
    "zip64-record-elsewhere": (lambda: beside(end=End(zip64=Zip64(at=0))), "archive-damaged"),
    "zip64-record-far-away": (lambda: beside(end=End(zip64=Zip64(at=2**63))), "archive-damaged"),
    "zip64-record-of-another-length": (
        lambda: beside(end=End(zip64=Zip64(length=2**40))),
        "archive-damaged",
    ),
    "zip64-on-several-disks": (lambda: beside(end=End(zip64=Zip64(disks=2))), "archive-damaged"),
    "zip64-that-contradicts": (lambda: beside(end=End(zip64=Zip64(count=5))), "archive-damaged"),
    "zip64-directory-of-16-exabytes": (
        lambda: beside(end=End(zip64=Zip64(size=2**63), size=MAX_32)),
        "archive-damaged",
    ),
    "zip64-entry-without-a-field": (
        lambda: beside(Entry("a", size=MAX_32, stored_size=MAX_32)),
        "archive-damaged",
    ),
    "zip64-entry-with-half-a-field": (
        lambda: beside(Entry("a", size=MAX_32, stored_size=MAX_32, extra=_of_sizes(2, 2, 0)[:12])),
        "archive-damaged",
    ),
    "zip64-entry-with-two-fields": (
        lambda: beside(Entry("a", extra=_of_sizes(2, 2, 0) * 2)),
        "archive-damaged",
    ),
    "zip64-entry-of-16-exabytes": (
        lambda: beside(
            Entry(
                "a",
                method=DEFLATED,
                size=MAX_32,
                stored_size=MAX_32,
                extra=_of_sizes(2**63, 2**62, 0),
            )
        ),
        "archive-too-large",
    ),
    "absolute-path": (lambda: beside(Entry("/etc/passwd")), "entry-name-unsafe"),
    "drive": (lambda: beside(Entry("C:/boot.ini")), "entry-name-unsafe"),
    "parent-folder": (lambda: beside(Entry("images/../../event")), "entry-name-unsafe"),
    "this-folder": (lambda: beside(Entry("./event")), "entry-name-unsafe"),
    "empty-part": (lambda: beside(Entry("images//a.png")), "entry-name-unsafe"),
    "no-name": (lambda: beside(Entry("")), "entry-name-unsafe"),
    "backslash": (lambda: beside(Entry("..\\..\\event")), "entry-name-unsafe"),
    "nul-in-a-name": (lambda: beside(Entry("event\0.png")), "entry-name-unsafe"),
    "line-in-a-name": (lambda: beside(Entry("a\r\nSet-Cookie: b")), "entry-name-unsafe"),
    "reversed-name": (lambda: beside(Entry("images/\u202egnp.exe")), "entry-name-unsafe"),
    "name-that-is-not-utf-8": (lambda: beside(Entry(b"\xff\xfe.png")), "entry-name-unsafe"),
    "name-too-long": (lambda: beside(Entry("n" * 61)), "entry-name-too-long"),
    "folders-too-deep": (lambda: beside(Entry("a/b/c/d/e")), "entry-too-deep"),
    "symbolic-link": (lambda: beside(Entry("images", mode=0o120777)), "entry-not-a-file"),
    "device": (lambda: beside(Entry("images", mode=0o020666)), "entry-not-a-file"),
    "pipe": (lambda: beside(Entry("images", mode=0o010666)), "entry-not-a-file"),
    "encrypted": (lambda: beside(Entry("a", flags=0x801)), "entry-encrypted"),
    "strongly-encrypted": (lambda: beside(Entry("a", flags=0x841)), "entry-encrypted"),
    "hidden-headers": (lambda: beside(Entry("a", flags=0x2800)), "entry-encrypted"),
    "bzip2": (lambda: beside(Entry("a", method=12)), "entry-method-unknown"),
    "a-patch": (lambda: beside(Entry("a", flags=0x820)), "entry-method-unknown"),
    "the-same-name-twice": (lambda: beside(Entry("event")), "entry-repeated"),
    "the-same-name-in-another-form": (
        lambda: beside(Entry("images/é.png"), Entry("images/e\u0301.png")),
        "entry-repeated",
    ),
    "a-file-that-is-a-folder": (
        lambda: beside(Entry("a", b""), Entry("a/", b"")),
        "entry-repeated",
    ),
    "a-folder-with-content": (lambda: beside(Entry("a/")), "archive-damaged"),
    "the-same-bytes-twice": (lambda: beside(Entry("a", header=0)), "entry-overlaps"),
    "bytes-of-the-directory": (
        lambda: beside(Entry("a", stored_size=30, size=30)),
        "entry-overlaps",
    ),
    "stored-in-two-sizes": (lambda: beside(Entry("a", size=3)), "archive-damaged"),
    "too-large-in-total": (
        lambda: beside(*(Entry(f"a{number}", bytes(30_000)) for number in range(4))),
        "archive-too-large",
    ),
    "compressed-too-well": (
        lambda: beside(Entry("images/a.png", bytes(90_000), DEFLATED)),
        "entry-ratio-too-high",
    ),
    "json-too-large": (lambda: beside(Entry("sessions", b" " * 30_000)), "file-too-large"),
    "wrong-checksum": (lambda: build([event_entry(crc32=1)]), "entry-damaged"),
    "another-name-in-its-header": (
        lambda: build([event_entry(local_name=b"tnevE")]),
        "entry-damaged",
    ),
    "another-method-in-its-header": (
        lambda: build([event_entry(local_method=8)]),
        "entry-damaged",
    ),
    "no-header": (lambda: build([event_entry(signature=b"PK\x03\x05")]), "entry-damaged"),
    "deflated-damage": (
        lambda: build([event_entry(method=DEFLATED, stored=b"\xff" * 60)]),
        "entry-damaged",
    ),
    "deflated-to-more-than-said": (
        lambda: build(
            [Entry("event", b"", DEFLATED, stored=repeated(b"0", 1 << 24), size=9, crc32=0)],
        ),
        "entry-damaged",
    ),
    "deflated-to-less-than-said": (
        lambda: build([event_entry(method=DEFLATED, size=900)]),
        "entry-damaged",
    ),
    "deflated-and-something-after-it": (
        lambda: build(
            [
                Entry(
                    "event",
                    as_bytes(EVENT),
                    DEFLATED,
                    stored=Entry("", as_bytes(EVENT), DEFLATED).content + b"hidden",
                )
            ]
        ),
        "entry-damaged",
    ),
    "no-event": (lambda: zipped({"sessions": []}), "event-missing"),
    "two-events": (lambda: zipped({"a/event": EVENT, "b/event": EVENT}), "event-missing"),
    "event-in-a-deep-folder": (lambda: zipped({"a/b/event": EVENT}), "event-missing"),
    "event-that-is-a-list": (lambda: zipped({"event": [EVENT, EVENT]}), "json-not-an-object"),
    "event-that-is-a-number": (lambda: zipped({"event": 7}), "json-not-an-object"),
    "event-that-is-empty": (lambda: zipped({"event": b""}), "json-invalid"),
    "event-that-is-cut-off": (lambda: zipped({"event": b'{"name": "La'}), "json-invalid"),
    "event-that-continues": (lambda: zipped({"event": as_bytes(EVENT) + b"{}"}), "json-invalid"),
    "event-in-utf-16": (
        lambda: zipped({"event": json.dumps(EVENT).encode("utf-16")}),
        "json-not-utf-8",
    ),
    "event-in-latin-1": (
        lambda: zipped({"event": '{"name": "Mühle"}'.encode("latin-1")}),
        "json-not-utf-8",
    ),
    "event-in-half-a-character": (lambda: zipped({"event": b'{"name": "\xc3'}), "json-not-utf-8"),
    "event-too-deep": (lambda: build([Entry("event", b"[" * DEEP)]), "json-too-deep"),
    "event-without-a-name": (lambda: with_event(name=" "), "event-incomplete"),
    "event-whose-name-is-no-text": (lambda: with_event(name=["Lake"]), "event-incomplete"),
    "event-at-no-time": (lambda: with_event(starts_at="soon"), "event-incomplete"),
    "event-after-the-calendar": (
        lambda: with_event(ends_at="9999-12-31T23:59:59-12:00"),
        "event-incomplete",
    ),
    "sessions-too-deep": (
        lambda: beside(Entry("sessions", b"[" * DEEP)),
        "json-too-deep",
    ),
    "a-number-without-end": (
        lambda: zipped({"event": b'{"id": ' + b"9" * 5000 + b"}"}),
        "json-number-too-long",
    ),
    "sessions-that-are-cut-off": (
        lambda: with_file("sessions", b'[{"id": 1, "title": "a"},'),
        "json-invalid",
    ),
    "sessions-without-commas": (lambda: with_file("sessions", b"[{} {}]"), "json-invalid"),
    "sessions-too-many": (lambda: with_file("sessions", [{}] * 40), "too-many-rows"),
    "sessions-that-are-numbers": (lambda: with_file("sessions", [7] * 40), "too-many-rows"),
    "a-session-too-large": (
        lambda: with_file("sessions", [{"title": "a" * 3000}]),
        "row-too-large",
    ),
    "a-session-with-too-many-speakers": (
        lambda: with_file("sessions", [{"id": 1, "title": "a", "speakers": [1] * 40}]),
        "too-many-rows",
    ),
    "a-manifest-that-is-no-json": (
        lambda: with_file("manifest.json", b"{"),
        "json-invalid",
    ),
    "a-manifest-of-the-future": (
        lambda: with_file("manifest.json", manifest(format_version=2)),
        "format-unknown",
    ),
    "a-manifest-too-large": (
        lambda: beside(Entry("manifest.json", b" " * 30_000)),
        "manifest-too-large",
    ),
    "a-file-other-than-in-the-manifest": (
        lambda: with_file("manifest.json", manifest(files=[{"path": "event", "sha256": "0" * 64}])),
        "manifest-differs",
    ),
    "a-file-of-the-manifest-is-missing": (
        lambda: with_file(
            "manifest.json", manifest(files=[{"path": "sessions", "sha256": "0" * 64}])
        ),
        "manifest-differs",
    ),
}

# What is read without what is harmful: the archive, and the code of a remark on it.
NEUTRALIZED: Mapping[str, tuple[Callable[[], bytes], str]] = {
    "nan": (
        lambda: with_file("microlocations", '[{"id": 1, "name": "a", "floor": NaN}]'),
        "number-expected",
    ),
    "infinity": (
        lambda: with_event(latitude=float("inf")),
        "number-expected",
    ),
    "nan-as-a-text": (lambda: with_event(latitude="nan"), "number-expected"),
    "a-number-beyond-floats": (
        lambda: zipped({"event": json.dumps(EVENT)[:-1] + ', "latitude": 1e999}'}),
        "number-expected",
    ),
    "a-number-beyond-integers": (
        lambda: with_file("microlocations", [{"id": 1, "name": "a", "floor": 2**31}]),
        "number-too-large",
    ),
    "a-number-of-1000-digits": (
        lambda: with_file("microlocations", [{"id": 1, "name": "a", "floor": 10**1000}]),
        "number-too-large",
    ),
    "a-coordinate-of-1000-digits": (lambda: with_event(latitude=10**1000), "number-expected"),
    "a-name-of-1000-digits": (lambda: with_session(f'"title": {10**1000}'), "text-expected"),
    "half-a-surrogate-pair": (lambda: with_session('"title": "a\\ud800"'), "characters-removed"),
    "nul": (lambda: with_session('"title": "a\\u0000b"'), "characters-removed"),
    "nul-in-json": (
        lambda: with_session('"title": "a", "complex_field_values": {"a\\u0000": "\\udfff"}'),
        "characters-removed",
    ),
    "json-too-deep-for-a-column": (
        lambda: with_session(f'"title": "a", "complex_field_values": {"[" * 60}{"]" * 60}'),
        "json-too-deep",
    ),
    "two-deep-values-that-are-compared": (
        lambda: with_session(
            f'"title": "a", "complex-field-values": {"[" * 400}{"]" * 400}, '
            f'"complex_field_values": {"[" * 400}{"]" * 400}'
        ),
        "json-too-deep",
    ),
    "a-key-twice": (lambda: with_session('"title": "a", "title": "b"'), "key-repeated"),
    "two-spellings-that-disagree": (
        lambda: with_session('"title": "a", "short_abstract": "a", "short-abstract": "b"'),
        "keys-disagree",
    ),
    "an-id-below-zero": (lambda: with_file("tracks", [{"id": -1, "name": "a"}]), "id-unreadable"),
    "an-id-that-is-true": (
        lambda: with_file("tracks", [{"id": True, "name": "a"}]),
        "id-unreadable",
    ),
    "an-id-beyond-integers": (
        lambda: with_file("tracks", [{"id": 10**30, "name": "a"}]),
        "id-unreadable",
    ),
    "an-id-that-is-a-list": (
        lambda: with_file("tracks", [{"id": [1], "name": "a"}]),
        "id-unreadable",
    ),
    "a-reference-that-is-sql": (
        lambda: with_session('"title": "a", "track_id": "1; DROP TABLE events"'),
        "reference-dropped",
    ),
    "a-reference-to-another-event": (
        lambda: with_session('"title": "a", "track_id": 99'),
        "reference-dropped",
    ),
    "a-row-that-is-a-number": (lambda: with_file("tracks", [7]), "row-not-an-object"),
    "a-damaged-list-of-little-weight": (
        lambda: with_file("session_types", b'[{"id"'),
        "json-invalid",
    ),
    "an-unknown-column": (
        lambda: with_session('"title": "a", "__class__": "Admin"'),
        "column-unknown",
    ),
    "an-unknown-file": (lambda: with_file("users", [{"is_admin": True}]), "file-unknown"),
    "a-path-out-of-the-archive": (
        lambda: with_event(logo_url="/images/../../etc/passwd"),
        "media-missing",
    ),
    "a-file-of-the-worker": (
        lambda: with_event(logo_url="file:///etc/passwd"),
        "media-address-invalid",
    ),
    "a-script-for-an-address": (
        lambda: with_event(logo_url="javascript:alert(1)"),
        "media-address-invalid",
    ),
    "data-for-an-address": (
        lambda: with_event(logo_url="data:text/html,a"),
        "media-address-invalid",
    ),
    "another-host-for-an-address": (
        lambda: with_event(logo_url="//evil.example/a.png"),
        "media-address-invalid",
    ),
    "a-line-in-an-address": (
        lambda: with_event(logo_url="http://a.example/\r\nHost: b"),
        "media-address-invalid",
    ),
    "an-address-of-10-kilobytes": (
        lambda: with_file(
            "speakers", [{"name": "a", "photo_url": "http://a.example/" + "a" * 1900}]
        ),
        "file-missing",
    ),
    "an-address-that-is-a-list": (lambda: with_event(logo_url=["a"]), "media-address-invalid"),
    "an-unknown-time-zone": (
        lambda: with_event(timezone="../../etc/localtime"),
        "timezone-unknown",
    ),
    "a-state-that-does-not-exist": (
        lambda: with_session('"title": "a", "state": "admin"'),
        "state-unknown",
    ),
    "an-invite-to-two-addresses": (
        lambda: with_file("roles", [{"email": "a@b.example\nc@d.example", "role": "owner"}]),
        "invite-invalid",
    ),
    "a-form-that-is-no-json": (lambda: with_file("forms", {"session_form": "{"}), "json-invalid"),
}

# Media files that are not what they are called: the content, and the code.
MEDIA: Mapping[str, tuple[Callable[[], bytes], str]] = {
    "svg": (lambda: _photo(b"<svg onload='alert(1)'/>"), "media-not-of-its-kind"),
    "html": (lambda: _photo(b"<html><script>"), "media-not-of-its-kind"),
    "program": (lambda: _photo(b"MZ\x90\x00"), "media-not-of-its-kind"),
    "zip-in-a-zip": (lambda: _photo(b"PK\x03\x04"), "media-not-of-its-kind"),
    "video-for-an-image": (lambda: _photo(bytes(4) + b"ftypmp42"), "media-not-of-its-kind"),
    "data-file-for-an-image": (lambda: _named("/event"), "media-not-of-its-kind"),
    "empty": (lambda: _photo(b""), "media-empty"),
    "too-large": (lambda: _photo(PNG + bytes(5000)), "media-too-large"),
    "wrong-checksum": (
        lambda: _with_logo(Entry("images/logo.png", PNG, crc32=1)),
        "entry-damaged",
    ),
    "another-name-in-its-header": (
        lambda: _with_logo(Entry("images/logo.png", PNG, local_name=b"images/logo.exe")),
        "entry-damaged",
    ),
    "longer-than-said": (
        lambda: _with_logo(
            Entry("images/logo.png", PNG, DEFLATED, stored=repeated(b"0", 1 << 24), size=60)
        ),
        "entry-damaged",
    ),
    "other-than-in-the-manifest": (
        lambda: zipped(
            {
                "event": {**EVENT, "logo_url": "/images/logo.png"},
                "images/logo.png": PNG,
                "manifest.json": manifest(files=[{"path": "images/logo.png", "sha256": "0" * 64}]),
            }
        ),
        "manifest-differs",
    ),
}


def _photo(content: bytes) -> bytes:
    return zipped({"event": {**EVENT, "logo_url": "/images/logo.png"}, "images/logo.png": content})


def _named(value: str) -> bytes:
    return with_event(logo_url=value)


def _with_logo(logo: Entry) -> bytes:
    event = as_bytes({**EVENT, "logo_url": "/images/logo.png"})
    return build([Entry("event", event), logo])
