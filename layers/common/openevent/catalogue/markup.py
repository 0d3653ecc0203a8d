"""HTML that people typed, as pages can show it, and text without any. Pure."""

import re
from collections import Counter
from html import escape, unescape

import nh3

from openevent.catalogue.links import web_address

# What pages and apps show of HTML in descriptions. Everything else is dropped, its text kept.
ELEMENTS = frozenset(
    {
        *(
            "a",
            "abbr",
            "b",
            "big",
            "blockquote",
            "br",
            "caption",
            "cite",
            "code",
            "dd",
            "del",
            "dfn",
        ),
        *("div", "dl", "dt", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "ins"),
        *("kbd", "li", "mark", "ol", "p", "pre", "q", "s", "samp", "small", "span", "strike"),
        *("strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "tt"),
        *("u", "ul", "var"),
    }
)
ATTRIBUTES = {
    "a": frozenset({"href", "title"}),
    "abbr": frozenset({"title"}),
    "img": frozenset({"alt", "height", "src", "title", "width"}),
    "ol": frozenset({"start"}),
    "td": frozenset({"colspan", "rowspan"}),
    "th": frozenset({"colspan", "rowspan"}),
}

# Schemes of links other than those of the web.
_SCHEMES = ("mailto:", "tel:")

# Formatting, which is dropped from text; other tags in it are what the text is about.
_INLINE = re.compile(
    r"</?(?:a|b|big|em|font|i|small|span|strike|strong|sub|sup|u)(?:\s[^<>]*)?/?>", re.IGNORECASE
)
_BLOCK = re.compile(r"</?(?:br|div|h[1-6]|li|ol|p|ul)(?:\s[^<>]*)?/?>", re.IGNORECASE)
_TAG = re.compile(r"<([A-Za-z/!?][^<>]*)>")
_TAG_START = re.compile(r"<(?=[A-Za-z/!?])")

# Elements and comments, links, sources and scripts. The same words in text are in its cleaned HTML.
_LOSABLE = re.compile(r"<(?:[a-z][a-z0-9]*|!--)|\b(?:href|src|on[a-z]+)(?=\s*=)", re.IGNORECASE)

# Elements that may be open at one place.
DEPTH = 100

_ELEMENT = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]*)")

# Elements that are never inside themselves: they have no content, or the next one ends them.
_SHALLOW = frozenset(
    {
        *("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param"),
        *("source", "track", "wbr", "dd", "dt", "li", "option", "p", "tbody", "td", "tfoot", "th"),
        *("thead", "tr"),
    }
)

# Characters that look like angle brackets and a backslash.
_OPENED, _CLOSED, _STROKE = "\u2039", "\u203a", "\u2216"

# Line breaks and control characters.
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


def clean_html(html: str) -> str:
    """Return `html` with only the elements and attributes that pages show, well-formed.

    Links are addresses of the web, of mail or of telephones. The result has no line break, no
    control character and no backslash, so it can be printed into a string of JavaScript as well. Of
    HTML that is nested deeper than any text, only the text is returned.
    """
    if _is_deep(html):
        cleaned = escape(unescape(plain_text(html)), quote=False)
    else:
        cleaned = _CLEANER.clean(html)
    return on_one_line(cleaned).replace("\\", "&#92;")


def lost_markup(html: str, cleaned: str) -> bool:
    """Return whether `clean_html` dropped more from `html` than what only formats it.

    That is an element, a comment, a link, the source of a picture or a script.
    """
    return bool(_markup_in(html) - _markup_in(cleaned))


def on_one_line(text: str) -> str:
    """Return `text` with a space for line breaks and control characters."""
    return _CONTROLS.sub(" ", text).strip()


def plain_text(text: str) -> str:
    """Return `text` on one line, without anything that HTML or JavaScript would read as markup.

    Formatting is dropped. Other tags, which are part of the text (`Why <canvas>?`), and backslashes
    are written with characters that look like them.
    """
    text = _BLOCK.sub(" ", _INLINE.sub("", on_one_line(text)))
    text = _TAG.sub(rf"{_OPENED}\1{_CLOSED}", text)
    return _TAG_START.sub(_OPENED, text).replace("\\", _STROKE).strip()


def quoted_text(text: str) -> str:
    """Return `plain_text` for the value of an attribute: with typographic quotation marks."""
    return re.sub(r'(^|[\s(\[])"', r"\1“", plain_text(text)).replace('"', "”")


def _checked_attribute(_element: str, attribute: str, value: str) -> str | None:
    if attribute == "src":
        return web_address(value)
    if attribute != "href" or value.lower().startswith(_SCHEMES):
        return value
    return web_address(value)


_CLEANER = nh3.Cleaner(
    tags=set(ELEMENTS),
    attributes={element: set(names) for element, names in ATTRIBUTES.items()},
    attribute_filter=_checked_attribute,
    url_schemes={"http", "https", "mailto", "tel"},
)


def _is_deep(html: str) -> bool:
    """Return whether more than `DEPTH` elements are open at one place.

    The parser's time grows with the product of elements and depth.
    """
    if html.count("<") <= DEPTH:
        return False
    is_open: Counter[str] = Counter()
    depth = 0
    for match in _ELEMENT.finditer(html):
        closes, name = match[1], match[2].lower()
        if name in _SHALLOW:
            continue
        if not closes:
            is_open[name] += 1
            depth += 1
        elif is_open[name]:
            is_open[name] -= 1
            depth -= 1
        if depth > DEPTH:
            return True
    return False


def _markup_in(html: str) -> Counter[str]:
    return Counter(found.lower() for found in _LOSABLE.findall(html))
