"""Plain text of what people typed, without characters that a format of programmes forbids. Pure."""

import re
from functools import lru_cache
from html import unescape

import nh3

# A line ends with a line feed. Some programs also end one at the others of these.
_LINE_ENDS = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")
# What XML 1.0 and iCalendar forbid: control characters except tab and line feed, and noncharacters.
_FORBIDDEN = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")

_MARKUP = re.compile(r"<[a-zA-Z/!]")
_BLANKS = re.compile(r"\s+")
_LINE_FEEDS = re.compile(r"\n{3,}")

# Elements between which there is an empty line, and those that begin on a line of their own.
_PARAGRAPHS = (
    *("p", "div", "ul", "ol", "dl", "table", "blockquote", "pre", "section", "article", "hr"),
    *("h1", "h2", "h3", "h4", "h5", "h6", "figure", "header", "footer"),
)
_LINES = ("br", "tr", "dt", "dd")

# Reads HTML as browsers do, in time that grows with its length alone, whatever is in it.
_CLEANER = nh3.Cleaner(
    tags={"a", "li", *_PARAGRAPHS, *_LINES},
    clean_content_tags={"script", "style", "template", "iframe", "object", "noscript"},
    attributes={"a": {"href"}},
    url_schemes={"http", "https"},
    link_rel=None,
)
_LINK = re.compile(r'<a href="([^"]*)">(.*?)</a>', re.DOTALL)
_PARAGRAPH = re.compile(f"</?(?:{'|'.join(_PARAGRAPHS)})>")
_LINE = re.compile(f"<(?:{'|'.join(_LINES)})>")
_TAG = re.compile(r"</?[a-z]+>")


# Schedules and tables of an event show the same texts. Those of a typical event are kept.
_KEPT_TEXTS, _KEPT_CHARACTERS = 1_024, 4_096


def line_of(value: object) -> str:
    """Return the text of a value on one line; empty if it is no text."""
    return _BLANKS.sub(" ", allowed_text(value)).strip()


def plain_text(value: object) -> str:
    """Return the text of a value that may be HTML, with its paragraphs; empty if it is no text."""
    text = allowed_text(value)
    return _plain(text) if len(text) <= _KEPT_CHARACTERS else _plain.__wrapped__(text)


@lru_cache(_KEPT_TEXTS)
def _plain(text: str) -> str:
    if _MARKUP.search(text):
        text = _without_tags(_CLEANER.clean(text))
    # A reference to a forbidden character (`&#1;`) gives that character.
    lines = (line.strip() for line in allowed_text(unescape(text)).split("\n"))
    return _LINE_FEEDS.sub("\n\n", "\n".join(lines)).strip()


def _without_tags(html: str) -> str:
    """Return cleaned HTML as text, whose characters are still escaped."""
    text = _LINK.sub(_with_address, _BLANKS.sub(" ", html))
    text = _LINE.sub("\n", _PARAGRAPH.sub("\n\n", text.replace("<li>", "\n- ")))
    return _TAG.sub("", text)


def _with_address(link: re.Match[str]) -> str:
    address, text = link.groups()
    return text if text.strip() == address else f"{text} ({address})"


def allowed_text(value: object) -> str:
    """Return the text of a value, without forbidden characters; empty if it is no text.

    Its lines end with a line feed.
    """
    if not isinstance(value, str):
        return ""
    # Printable text, which most values are, has neither.
    return value if value.isprintable() else _FORBIDDEN.sub("", _LINE_ENDS.sub("\n", value))
