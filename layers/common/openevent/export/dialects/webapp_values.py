"""Values that the readers of `webapp` archives can use. Pure.

They share no code with what makes the values. Source of the rules: docs/webapp-dialect.md.
"""

import math
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from html.parser import HTMLParser
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

Rule = Callable[[object], bool]

_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d", re.ASCII)
_COLOR = re.compile(r"#[0-9a-f]{6}", re.ASCII | re.IGNORECASE)
_IMAGE = re.compile(r"/images/[!-~]+\.[a-z0-9]+", re.ASCII)
_LOGO = re.compile(r"/images/[!-~]+\.(gif|jpg|png|webp)", re.ASCII)
_AUDIO = re.compile(r"audio/[!-~]+\.(mp3|aac)", re.ASCII)

# What starts a tag, or a comment, and what ends a string of JavaScript or breaks it.
_TAG = re.compile("<[A-Za-z/!?]")
_DECLARATION = re.compile("<[!?]")
_BREAKING = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\\\\]")

_ADDRESS = re.compile("https?://[^\x00-\x20\"'<>\\\\]+")
_OTHER_LINK = re.compile('(mailto|tel):[^"<>]*', re.IGNORECASE)
_DATA_IMAGE = re.compile(r"data:image/gif;base64,[A-Za-z0-9+/=]+", re.ASCII)

_TAGS = re.compile(
    "a|abbr|b|big|blockquote|br|caption|cite|code|d[dlt]|del|dfn|div|em|h[1-6]|hr|i|img|ins|kbd|li"
    "|mark|ol|p|pre|q|s|samp|small|span|strike|strong|su[bp]|table|tbody|t[dhrt]|tfoot|thead|u|ul"
    "|var"
)
_ATTRIBUTES = re.compile("alt|colspan|height|href|rel|rowspan|src|start|title|width")

_YOUTUBE = re.compile(r"(www\.|m\.)?youtube\.com|youtu\.be|www\.youtube-nocookie\.com")


def is_integer(value: object) -> bool:
    """Return whether it is an integer."""
    return isinstance(value, int) and not isinstance(value, bool)


def is_number(value: object) -> bool:
    """Return whether it is null or a number that JSON can hold."""
    return value is None or is_integer(value) or (isinstance(value, float) and math.isfinite(value))


def is_text(value: object) -> bool:
    """Return whether it is text without markup, that can be in a script."""
    return isinstance(value, str) and not _TAG.search(value) and not _BREAKING.search(value)


def is_label(value: object) -> bool:
    """Return whether it is text that can be printed between quotation marks."""
    return is_text(value) and '"' not in str(value)


def is_html(value: object) -> bool:
    """Return whether it is HTML that readers show, that can be in a script."""
    if not isinstance(value, str) or _BREAKING.search(value) or _DECLARATION.search(value):
        return False
    reader = _Html()
    reader.feed(value)
    reader.close()
    return reader.is_fit


def is_name(value: object) -> bool:
    """Return whether it is a name with at least one letter or digit."""
    return is_label(value) and any(char.isalnum() for char in str(value))


def is_folder(value: object) -> bool:
    """Return whether it is the name of one folder."""
    return is_name(value) and "/" not in str(value)


def is_zone(value: object) -> bool:
    """Return whether it is the name of a time zone."""
    try:
        return bool(ZoneInfo(str(value)).key)
    except (KeyError, OSError, ValueError):
        return False


def is_address(value: object) -> bool:
    """Return whether it is an address of the web."""
    return isinstance(value, str) and _ADDRESS.fullmatch(value) is not None


def is_link(value: object) -> bool:
    """Return whether it is null or an address of the web."""
    return value is None or is_address(value)


def is_address_or_empty(value: object) -> bool:
    """Return whether it is an address of the web, or empty text."""
    return value == "" or is_address(value)


def is_picture_or_empty(value: object) -> bool:
    """Return whether it is the address of a picture, the picture itself, or empty text."""
    embedded = isinstance(value, str) and _DATA_IMAGE.fullmatch(value) is not None
    return embedded or is_address_or_empty(value)


def is_video(value: object) -> bool:
    """Return whether it is null or the address of a video that readers show."""
    if value is None:
        return True
    return is_address(value) and bool(_YOUTUBE.fullmatch(urlsplit(str(value)).hostname or ""))


def is_date(value: object) -> bool:
    """Return whether it is a moment to the second, with its offset."""
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def is_color(value: object) -> bool:
    """Return whether it is a colour as `#rrggbb`."""
    return isinstance(value, str) and _COLOR.fullmatch(value) is not None


def is_image(value: object) -> bool:
    """Return whether it is null or the path of a picture."""
    return value is None or (isinstance(value, str) and _IMAGE.fullmatch(value) is not None)


def is_logo(value: object) -> bool:
    """Return whether it is the path of a picture that every reader shows."""
    return isinstance(value, str) and _LOGO.fullmatch(value) is not None


def is_audio(value: object) -> bool:
    """Return whether it is null or the path of audio."""
    return value is None or (isinstance(value, str) and _AUDIO.fullmatch(value) is not None)


def is_flag(value: object) -> bool:
    """Return whether it is true or false."""
    return isinstance(value, bool)


def is_level(value: object) -> bool:
    """Return whether it is a level of sponsors."""
    return value in ("1", "2", "3")


def is_null(value: object) -> bool:
    """Return whether it is null."""
    return value is None


def object_of(rules: Mapping[str, Rule]) -> Rule:
    """Return the rule for an object with these keys, among others."""

    def check(value: object) -> bool:
        return isinstance(value, dict) and all(
            key in value and rule(value[key]) for key, rule in rules.items()
        )

    return check


def null_or(rule: Rule) -> Rule:
    """Return the rule for null, and for what `rule` is for."""
    return lambda value: value is None or rule(value)


def list_of(rules: Mapping[str, Rule]) -> Rule:
    """Return the rule for a list of objects with these keys, among others."""
    check = object_of(rules)
    return lambda value: isinstance(value, list) and all(map(check, value))


def each(rule: Rule, *names: str) -> dict[str, Rule]:
    """Return `rule` by each of the names."""
    return dict.fromkeys(names, rule)


class _Html(HTMLParser):
    """Finds what readers do not show, or would run."""

    def __init__(self) -> None:
        super().__init__()
        self.is_fit = True

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.is_fit &= bool(_TAGS.fullmatch(tag)) and all(_is_fit(*attr) for attr in attrs)


def _is_fit(attribute: str, value: str | None) -> bool:
    if attribute == "href":
        return is_address(value) or _OTHER_LINK.fullmatch(value or "") is not None
    return is_address(value) if attribute == "src" else bool(_ATTRIBUTES.fullmatch(attribute))
