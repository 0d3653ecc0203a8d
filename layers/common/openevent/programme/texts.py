"""Plain text of what people typed, without characters that a format of programmes forbids. Pure."""

import re
from html import unescape
from html.parser import HTMLParser

# A line ends with a line feed. Some programs also end one at the others of these.
_LINE_ENDS = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")
# What XML 1.0 and iCalendar forbid: control characters except tab and line feed, and noncharacters.
_FORBIDDEN = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")

_MARKUP = re.compile(r"<[a-zA-Z/!]")
_BLANKS = re.compile(r"\s+")
_AROUND_LINE_FEED = re.compile(r"[ \t]*\n[ \t]*")
_LINE_FEEDS = re.compile(r"\n{3,}")

_HIDDEN = frozenset({"script", "style", "template", "iframe", "object", "noscript"})
_PARAGRAPHS = frozenset(
    {
        *("p", "div", "ul", "ol", "table", "blockquote", "pre", "section", "article", "hr"),
        *("h1", "h2", "h3", "h4", "h5", "h6", "dl", "figure", "header", "footer"),
    }
)
_LINES = frozenset({"br", "li", "tr", "dt", "dd"})


def line_of(value: object) -> str:
    """Return the text of a value on one line; empty if it is no text."""
    return _BLANKS.sub(" ", _allowed(value)).strip()


def plain_text(value: object) -> str:
    """Return the text of a value that may be HTML, with its paragraphs; empty if it is no text."""
    text = _allowed(value)
    # A reference to a forbidden character (`&#1;`) gives that character.
    made = _text_of(text) if _MARKUP.search(text) else _allowed(unescape(text))
    return _LINE_FEEDS.sub("\n\n", _AROUND_LINE_FEED.sub("\n", made)).strip()


def _allowed(value: object) -> str:
    return _FORBIDDEN.sub("", _LINE_ENDS.sub("\n", value)) if isinstance(value, str) else ""


def _text_of(html: str) -> str:
    parser = _Text()
    parser.feed(html)
    parser.close()
    return _allowed("".join(parser.pieces))


class _Text(HTMLParser):
    """Collects the text of HTML, and the addresses of its links."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._hidden: str | None = None
        self._address: str | None = None
        self._linked_from = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._hidden is None and tag in _HIDDEN:
            self._hidden = tag
        self._break_line(tag)
        if tag == "li":
            self.pieces.append("- ")
        if tag == "a":
            self._address = dict(attrs).get("href")
            self._linked_from = len(self.pieces)

    def handle_endtag(self, tag: str) -> None:
        if tag == self._hidden:
            self._hidden = None
        self._break_line(tag, closing=True)
        if tag == "a" and self._address is not None:
            shown = "".join(self.pieces[self._linked_from :]).strip()
            if self._address.startswith(("http://", "https://")) and self._address != shown:
                self.pieces.append(f" ({line_of(self._address)})")
            self._address = None

    def handle_data(self, data: str) -> None:
        if self._hidden is None:
            self.pieces.append(_BLANKS.sub(" ", data))

    def _break_line(self, tag: str, *, closing: bool = False) -> None:
        if tag in _PARAGRAPHS:
            self.pieces.append("\n\n")
        elif tag in _LINES and not closing:
            self.pieces.append("\n")
