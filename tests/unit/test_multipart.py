"""Forms with files: read exactly, or refused."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openevent.edge.multipart import MAX_PARTS, Part, parts_of
from openevent.errors import BadRequest, UnsupportedMedia
from tests.forms import BOUNDARY, CONTENT_TYPE, form

ARCHIVE = b"PK\x03\x04\r\n\r\n--not the boundary\r\n\x00\xff"


def test_a_file_is_read_byte_by_byte() -> None:
    body = form(("file", "Sommer fest.zip", ARCHIVE))
    assert parts_of(CONTENT_TYPE, body) == [Part("file", "Sommer fest.zip", ARCHIVE)]


def test_fields_and_files_come_in_their_order() -> None:
    body = form(("options", None, b'{"dry_run":true}'), ("file", "a.zip", b""))
    assert parts_of(CONTENT_TYPE, body) == [
        Part("options", None, b'{"dry_run":true}'),
        Part("file", "a.zip", b""),
    ]


@given(content=st.binary(max_size=200).filter(lambda b: BOUNDARY.encode() not in b))
@settings(max_examples=50)
def test_every_content_comes_through(content: bytes) -> None:
    assert parts_of(CONTENT_TYPE, form(("file", "a.zip", content)))[0].content == content


@pytest.mark.parametrize(
    ("header", "filename"),
    [
        (b'form-data; name="file"; filename="Gr\xc3\xbc\xc3\x9fe.zip"', "Grüße.zip"),
        (b"form-data; name=\"file\"; filename*=UTF-8''Gr%C3%BC%C3%9Fe.zip", "Grüße.zip"),
        (b"form-data; name=file; filename=a.zip", "a.zip"),
        (b'form-data; name="file"; filename=""', ""),
        (b'form-data; name="file"', None),
    ],
)
def test_names_of_files_are_read_as_programs_write_them(
    header: bytes, filename: str | None
) -> None:
    body = form(("file", "a.zip", b"x")).replace(
        b'form-data; name="file"; filename="a.zip"', header
    )
    (part,) = parts_of(CONTENT_TYPE, body)
    assert (part.name, part.filename, part.content) == ("file", filename, b"x")


def test_text_around_the_parts_is_ignored() -> None:
    body = b"preamble\r\n" + form(("file", "a.zip", b"x")) + b"epilogue"
    assert parts_of(CONTENT_TYPE, body) == [Part("file", "a.zip", b"x")]


def test_a_part_without_name_is_ignored() -> None:
    body = form(("file", "a.zip", b"x")).replace(b'name="file"; ', b"")
    assert parts_of(CONTENT_TYPE, body) == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"PK\x03\x04",
        form(("file", "a.zip", b"x"))[:-4],
        form(("file", "a.zip", b"x")).replace(b"\r\n\r\n", b"\r\n"),
        form(("file", "a.zip", b"x")).replace(BOUNDARY.encode() + b"\r\n", BOUNDARY.encode()),
        form(("file", "a" * 5000 + ".zip", b"x")),
        form(*[("file", "a.zip", b"x")] * (MAX_PARTS + 1)),
        f"--{BOUNDARY}--\r\n".encode(),
    ],
)
def test_a_damaged_form_is_refused(body: bytes) -> None:
    with pytest.raises(BadRequest) as refused:
        parts_of(CONTENT_TYPE, body)
    assert refused.value.code == "form-damaged"


@pytest.mark.parametrize(
    "content_type", ["multipart/form-data", "multipart/form-data; boundary=" + "x" * 71]
)
def test_a_form_without_boundary_is_refused(content_type: str) -> None:
    with pytest.raises(BadRequest):
        parts_of(content_type, form(("file", "a.zip", b"x")))


@pytest.mark.parametrize("content_type", [None, "", "application/json", "application/zip"])
def test_another_content_type_is_refused(content_type: str | None) -> None:
    with pytest.raises(UnsupportedMedia):
        parts_of(content_type, form(("file", "a.zip", b"x")))
