"""Bodies of requests: objects of JSON, and the forms of pages. Pure."""

import json
import re
from typing import Any
from urllib.parse import parse_qsl

from openevent import errors

JSON = "application/json"
JSON_API = "application/vnd.api+json"
FORM = "application/x-www-form-urlencoded"

# Fields of a form of a page.
MAX_FIELDS = 8

_NO_TEXT = re.compile(
    r"\\u0000|\\ud[89ab]..(?!\\ud[c-f])|(?<!\\ud[89ab]..)\\ud[c-f]|[\ud800-\udfff]", re.IGNORECASE
)


def json_object(content: bytes, content_type: str | None, *, max_bytes: int) -> dict[str, Any]:
    """Return a body that is a JSON object; an empty body is an empty object.

    Raises `TooLarge` for a body of more than `max_bytes`, `UnsupportedMedia` for a content type
    other than the two of JSON, `BadRequest` for anything that is not a JSON object.
    """
    try:
        body = content.decode(errors="surrogatepass")
    except UnicodeDecodeError as error:
        raise _not_json() from error
    if not body.strip():
        return {}
    _require_size(content, max_bytes)
    _require_type(content_type or JSON, JSON, JSON_API)
    try:
        document = json.loads(body, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise _not_json() from error
    if not isinstance(document, dict):
        raise _not_json()
    if not _is_text(body):
        raise errors.BadRequest("body-not-text", "The body is not valid Unicode text.")
    return document


def form(content: bytes, content_type: str | None, *, max_bytes: int) -> dict[str, str]:
    """Return the fields of a form that a browser sent; the last one of each name.

    Raises `TooLarge` for a body of more than `max_bytes`, `UnsupportedMedia` for another content
    type, `BadRequest` for a body that is no form.
    """
    _require_size(content, max_bytes)
    _require_type(content_type or "", FORM)
    try:
        return dict(parse_qsl(content.decode(), errors="strict", max_num_fields=MAX_FIELDS))
    except ValueError as error:
        raise errors.BadRequest("body-not-form", "The body must be a form.") from error


def _require_size(content: bytes, max_bytes: int) -> None:
    if len(content) > max_bytes:
        raise errors.TooLarge(
            "too-large", f"The body is too large. Send at most {max_bytes} bytes."
        )


def _require_type(content_type: str, *supported: str) -> None:
    if content_type.partition(";")[0].strip().lower() not in supported:
        raise errors.UnsupportedMedia(
            "unsupported-media-type",
            f"This content type is not supported. Send {' or '.join(supported)}.",
            header="Content-Type",
        )


def _not_json() -> errors.BadRequest:
    return errors.BadRequest("body-not-json", "The body must be a JSON object.")


def _refuse_constant(name: str) -> float:
    raise ValueError(name)


def _is_text(body: str) -> bool:
    # PostgreSQL's text holds neither NUL nor half a surrogate pair.
    return _NO_TEXT.search(body) is None
