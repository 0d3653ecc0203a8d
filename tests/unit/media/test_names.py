"""Names inside of an archive: they cannot escape it, they do not collide, they have one ending."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openevent.catalogue.files import FILES
from openevent.media.names import extension, file_name, is_web_page, media_stem

PATTERNS = [field.path for file in FILES for field in file.media]

PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)
JPG = b"\xff\xd8\xff\xe0" + bytes(20)
PDF = b"%PDF-1.7\n"
MP4 = b"\x00\x00\x00\x18ftypmp42" + bytes(8)
MP3 = b"ID3\x04" + bytes(20)
OGG = b"OggS\x00" + bytes(20)
ZIP = b"PK\x03\x04" + bytes(20)
WEBP = b"RIFF\x00\x00\x00\x00WEBPVP8 "
JUNK = b"\x01\x02\x03\x04" * 8


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("David Crellin", "DavidCrellin"),
        ("david van der berg", "DavidVanDerBerg"),
        ("ADA", "Ada"),
        ('a<b>c:d"e/f\\g|h?i*j;k', "ABCDEFGHIJK"),
        ("../../etc/passwd", "....EtcPasswd"),
        ("Łukasz Żółć", "ŁukaszŻółć"),
        ("大 ホール", "大ホール"),
        ("a\x00b\nc\td\u2028e\u202ef\u200bg", "ABCDEFG"),
        ("e\u0301ve", "Éve"),
        ("", ""),
        (None, ""),
        ("///", ""),
    ],
)
def test_names_as_the_contract_writes_them(name: str | None, expected: str) -> None:
    assert file_name(name) == expected


@given(st.text())
def test_a_name_holds_no_slash_no_blank_and_no_control_character(name: str) -> None:
    found = file_name(name)
    assert not set(found) & set('<>:"/\\|?*; ')
    assert not any(unicodedata.category(char)[0] in "CZ" for char in found)


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("ada " * 20, "Ada" * 20),
        ("x" * 400, "X" + "x" * 246),
        ("ж" * 400, "Ж" + "ж" * 122),
        ("大" * 400, "大" * 82),
        ("🎪" * 400, "🎪" * 61),
    ],
)
def test_issue_10_11_names_are_cut_by_file_systems_alone(name: str, written: str) -> None:
    """`<Name>` was cut to 48 characters, which no contract says."""
    stem = media_stem("images/speakers/{name}_{id}", row_id=7, name=name)
    assert stem == f"images/speakers/{written}_7"
    assert len(f"{written}_7.abcde".encode()) <= 255


@given(
    st.sampled_from(PATTERNS),
    st.integers(1, 2**31 - 1),
    st.text() | st.sampled_from(["..", "../..", "/etc/passwd", "C:\\x", "{id}", "{name}", "\x00"]),
)
def test_no_path_escapes(pattern: str, row_id: int, name: str) -> None:
    path = media_stem(pattern, row_id=row_id, name=name)
    folder, _, last = path.rpartition("/")
    assert folder == pattern.rpartition("/")[0]
    assert not path.startswith("/")
    assert ".." not in path.split("/")
    assert "." not in path.split("/")
    assert len(last.encode()) <= 255 - len(".abcde")


@given(
    st.lists(
        st.tuples(
            st.sampled_from(PATTERNS),
            st.integers(1, 50),
            st.sampled_from(["A", "a", "A_1", "A 1", "1", "_1", "", "..", "Ä", "ß", "SS"]),
        ),
        unique_by=lambda row: (row[0], row[1]),
        min_size=2,
    )
)
def test_no_two_paths_collide(rows: list[tuple[str, int, str]]) -> None:
    """Not even on a disk that takes capitals and small letters for the same."""
    alone = {pattern for pattern in PATTERNS if "{id}" not in pattern}
    rows = [row for row in rows if row[0] not in alone] + [(path, 1, "") for path in alone]
    paths = [media_stem(pattern, row_id=row_id, name=name) for pattern, row_id, name in rows]
    assert len({path.casefold() for path in paths}) == len(paths)


def test_paths_as_the_contract_has_them() -> None:
    assert {media_stem(pattern, row_id=7, name="David Crellin") for pattern in PATTERNS} == {
        "images/logo",
        "images/background",
        "images/speakers/DavidCrellin_7",
        "images/sponsors/DavidCrellin_7",
        "videos/session_7",
        "audios/session_7",
        "slides/session_7",
    }


@pytest.mark.parametrize(
    ("head", "content_type", "address", "expected"),
    [
        (PNG, "image/png", "https://x/logo.png", "png"),
        (PNG, "image/jpeg", "https://x/logo.jpg", "png"),
        (JPG, None, "https://x/photo", "jpg"),
        (JPG, None, "https://x/photo.JPEG", "jpg"),
        (PNG, None, "https://x/test.png.png", "png"),
        (PNG, None, "https://x/test.png?name=other.gif", "png"),
        (WEBP, "image/jpeg", "https://x/a.jpg", "webp"),
        (PDF, "application/octet-stream", "https://x/slides.pptx", "pdf"),
        (ZIP, "application/octet-stream", "https://x/slides.pptx", "pptx"),
        (ZIP, None, "https://x/slides.jpg", "zip"),
        (ZIP, None, "https://x/slides.odp", "odp"),
        (OGG, "audio/ogg", "https://x/talk.opus", "opus"),
        (OGG, None, "https://x/talk", "ogg"),
        (MP4, "video/mp4", "https://x/talk.mp4", "mp4"),
        (MP3, "audio/mpeg", "https://x/talk", "mp3"),
        (b"<svg xmlns=''/>", "image/svg+xml; charset=utf-8", "https://x/logo", "svg"),
        (b"<svg xmlns=''/>", None, "https://x/logo.svg", "svg"),
        (b"# Slides", "text/plain", "https://x/slides.md", "txt"),
        (b"# Slides", None, "https://x/slides.md", "md"),
        (JUNK, "image/png", "https://x/logo.png", "bin"),
        (JUNK, None, "https://x/logo.jpg", "bin"),
        (JUNK, None, "https://x/logo.jpeg", "bin"),
        (JUNK, None, "https://x/data.dat", "dat"),
        (JUNK, None, "https://x/data", "bin"),
        (JUNK, None, "https://x/data.", "bin"),
        (JUNK, None, "https://x/.htaccess", "bin"),
        (JUNK, None, "https://x/a.much-too-long", "bin"),
        (JUNK, None, "https://x/a.p%2Fp", "bin"),
        (JUNK, None, "http://[", "bin"),
        (JUNK, "nonsense", "", "bin"),
    ],
)
def test_one_extension_that_the_bytes_do_not_contradict(
    head: bytes, content_type: str | None, address: str, expected: str
) -> None:
    assert extension(head, content_type, address) == expected


@pytest.mark.parametrize("address", ["https://x/test.png", "https://x/test.png.png"])
def test_export_defect_4_test_png_png_has_one_extension(address: str) -> None:
    """`test.png.png`: an extension from the address plus one from Content-Disposition."""
    assert media_stem("images/logo", row_id=1, name="test.png") == "images/logo"
    assert extension(PNG, "image/png", address) == "png"


@given(st.binary(max_size=64), st.none() | st.text(), st.text())
def test_an_extension_is_a_short_word(head: bytes, content_type: str | None, address: str) -> None:
    found = extension(head, content_type, address)
    assert found.isascii()
    assert found.isalnum()
    assert 1 <= len(found) <= 5


@pytest.mark.parametrize(
    ("head", "content_type"),
    [
        (b"<!DOCTYPE html><html>", "text/html"),
        (b"\xef\xbb\xbf\n  <!doctype HTML>", None),
        (b"<HTML><head>", "image/png"),
        (b"Not found", "text/html; charset=utf-8"),
        (b"", "TEXT/HTML"),
    ],
)
def test_web_pages(head: bytes, content_type: str | None) -> None:
    assert is_web_page(head, content_type)


@pytest.mark.parametrize(
    ("head", "content_type"),
    [(PNG, "text/html"), (b"<svg/>", "image/svg+xml"), (JUNK, None), (b"<p>x</p>", "text/plain")],
)
def test_media_that_are_no_web_pages(head: bytes, content_type: str | None) -> None:
    assert not is_web_page(head, content_type)
