"""Bodies of web forms (RFC 7578): their fields and files. Pure.

The body is in memory, so a part is a slice of it, and the limits are those of the caller. A body
that is cut off, or has no boundary, is refused as a whole.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from email.utils import collapse_rfc2231_value

from openevent.errors import BadRequest, UnsupportedMedia

FORM = "multipart/form-data"

# Parts that are looked at, and bytes of the headers of one. Open Event's client sends one part.
MAX_PARTS = 16
MAX_HEADERS = 4096

# RFC 2046, section 5.1.1: 1 to 70 of these characters, the last of which is no space.
_BOUNDARY = re.compile(r"[0-9A-Za-z'()+_,./:=? -]{0,69}[0-9A-Za-z'()+_,./:=?-]")


@dataclass(frozen=True, slots=True)
class Part:
    """A field of a form. `filename`: None if it is no file."""

    name: str
    filename: str | None
    content: bytes


def parts_of(content_type: str | None, body: bytes) -> list[Part]:
    """Return the parts of `body` that have a name, at most `MAX_PARTS`.

    Raises `UnsupportedMedia` if the content type is not that of a form with files, `BadRequest` if
    the body is damaged.
    """
    head = Message()
    head["Content-Type"] = content_type or ""
    if head.get_content_type() != FORM:
        raise UnsupportedMedia(
            "unsupported-media-type", f"Send the archive as {FORM}.", header="Content-Type"
        )
    boundary = head.get_boundary()
    if boundary is None or not _BOUNDARY.fullmatch(boundary):
        raise _damaged()
    return [part for part in map(_part, _sections(boundary.encode(), body)) if part is not None]


def _sections(boundary: bytes, body: bytes) -> Iterator[bytes]:
    """Yield the text between delimiters: from after one's line to before the next's line break."""
    _, *sections = (b"\r\n" + body).split(b"\r\n--" + boundary, MAX_PARTS + 1)
    *sections, rest = sections or [b""]
    if not rest.startswith(b"--") or not sections:
        raise _damaged()
    for section in sections:
        padding, ended, content = section.partition(b"\r\n")
        if not ended or padding.strip(b" \t"):
            raise _damaged()
        yield content


def _part(section: bytes) -> Part | None:
    head, ended, content = (b"\r\n" + section).partition(b"\r\n\r\n")
    if not ended or len(head) > MAX_HEADERS:
        raise _damaged()
    headers = Message()
    for line in head.decode("utf-8", "replace").split("\r\n"):
        header, _, value = line.partition(":")
        if header.strip().lower() == "content-disposition":
            headers["Content-Disposition"] = value.strip()
    name, filename = (_text(headers, parameter) for parameter in ("name", "filename"))
    return None if name is None else Part(name, filename, content)


def _text(headers: Message, parameter: str) -> str | None:
    value = headers.get_param(parameter, header="Content-Disposition")
    return None if value is None else collapse_rfc2231_value(value)


def _damaged() -> BadRequest:
    return BadRequest(
        "form-damaged", "The form in the body is damaged or cut off. Please send it again."
    )
