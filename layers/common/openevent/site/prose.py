"""HTML that people typed, as paragraphs and lists that are valid wherever a page shows them. Pure.

`catalogue.markup` cleans it. What it leaves can still be invalid inside a page: headings that break
the page's own outline, blocks inside of inline elements, items without a list, pictures that load.
So its text is written again, with the few elements below.
"""

import re
from html import escape, unescape

from openevent.catalogue.markup import clean_html
from openevent.programme.texts import allowed_text

_MARKUP = re.compile(r"<[a-zA-Z/!?]")
_TAG = re.compile(r'<(/?)([a-z0-9]+)((?:\s+[a-z-]+="[^"]*")*)\s*/?>')
_HREF = re.compile(r'\shref="([^"]*)"')
_BLANKS = re.compile(r"\s+")
_EMPTY_LINES = re.compile(r"\n\s*\n")

# What editors of text write mostly: paragraphs of text, of which none is an element without text.
# What matched is not given back (`++`): otherwise the time doubles with each character of text that
# precedes another element.
_SIMPLE = re.compile(
    r"(?:<p>(?:[^<]++|<(?:/?(?:b|strong|em|i|code|sub|sup)|br|/a"
    r'|a href="[^"]*"(?: rel="[^"]*")?)>)*+</p> *+)++'
)
_NO_TEXT = re.compile(r"<(?:a [^>]*|b|strong|em|i|code|sub|sup)>(?:\s|<br>|&nbsp;)*</")
_EMPTY_PARAGRAPH = re.compile(r"<p>(?:\s|<br>|&nbsp;)*</p>")

# Inline elements, and what they are written as.
_INLINE = {
    **dict.fromkeys(("b", "strong"), "strong"),
    **dict.fromkeys(("em", "i", "cite", "dfn", "var"), "em"),
    **dict.fromkeys(("code", "kbd", "samp", "tt"), "code"),
    **{name: name for name in ("a", "sub", "sup")},
}
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_LISTS = frozenset(("ol", "ul"))
_CELLS = frozenset(("td", "th"))
_BLOCKS = frozenset(
    ("blockquote", "caption", "dd", "div", "dl", "dt", "hr", "li", "p", "pre", "table", "tr")
)

# Links leave the archive, and say nothing about where they were.
_REL = '" rel="noopener noreferrer nofollow"'
# What the cleaner writes.
_THEIR_REL = '" rel="noopener noreferrer"'


class Html(str):
    """HTML that is safe and complete: templates do not escape it."""

    __slots__ = ()

    def __html__(self) -> str:
        """Return it as templates ask for it."""
        return str(self)


def prose(value: object) -> Html:
    """Return what a person typed, HTML or not, as paragraphs and lists; empty if it is no text."""
    text = allowed_text(value).strip()
    if not text:
        return Html()
    if not _MARKUP.search(text):
        return Html("".join(map(_paragraph, _EMPTY_LINES.split(allowed_text(unescape(text))))))
    cleaned = _BLANKS.sub(" ", clean_html(text))
    if _SIMPLE.fullmatch(cleaned) and not _NO_TEXT.search(cleaned):
        return Html(_EMPTY_PARAGRAPH.sub("", cleaned).replace(_THEIR_REL, _REL))
    writer = _Writer()
    place = 0
    for tag in _TAG.finditer(cleaned):
        writer.add_text(cleaned[place : tag.start()])
        place = tag.end()
        if tag[1]:
            writer.close(tag[2])
        else:
            writer.open(tag[2], tag[3])
    writer.add_text(cleaned[place:])
    return writer.written()


def _paragraph(text: str) -> str:
    lines = "<br>".join(escape(line.strip()) for line in text.strip().split("\n"))
    return f"<p>{lines}</p>" if lines else ""


class _Writer:
    """Writes text and tags, in their order, as blocks that contain inline elements alone."""

    def __init__(self) -> None:
        self._blocks: list[str] = []
        self._line: list[str] = []
        self._has_text = False
        # The inline elements that are open: each opening tag, empty if it is not written, and its
        # place in the line.
        self._open: list[tuple[str, str, int]] = []
        self._lists: list[str] = []
        self._list_begun = False

    def add_text(self, text: str) -> None:
        if text:
            # No markup is in it: what looks like a tag here was none for the reader of tags.
            self._line.append(text.replace("<", "&lt;"))
            self._has_text = self._has_text or not text.isspace()

    def open(self, name: str, attributes: str) -> None:
        if name in _INLINE:
            self._open_inline(_INLINE[name], attributes)
        elif name == "br":
            if self._has_text:
                self._line.append("<br>")
        elif name in _LISTS:
            self._end_block()
            self._lists.append(name)
        elif name in _HEADINGS:
            self._end_block()
            self._open_inline("strong", "")
        elif name in _BLOCKS:
            self._end_block()

    def close(self, name: str) -> None:
        if name in _INLINE:
            self._close_inline(_INLINE[name])
        elif name in _LISTS:
            self._end_block()
            self._end_list()
        elif name in _HEADINGS:
            self._close_inline("strong")
            self._end_block()
        elif name in _CELLS:
            self.add_text(" ")
        elif name in _BLOCKS:
            self._end_block()

    def written(self) -> Html:
        """Return all that was written."""
        self._end_block()
        while self._lists:
            self._end_list()
        return Html("".join(self._blocks))

    def _open_inline(self, name: str, attributes: str) -> None:
        opening = f"<{name}>"
        if name == "a":
            found = _HREF.search(attributes)
            opening = f'<a href="{found[1]}{_REL}>' if found else ""
        if any(open_name == name and tag for open_name, tag, _ in self._open):
            opening = ""
        self._open.append((name, opening, len(self._line)))
        self._line.append(opening)

    def _close_inline(self, name: str) -> None:
        if not self._open or self._open[-1][0] != name:
            return
        _, opening, place = self._open.pop()
        if not opening:
            return
        # An element without text, such as a link around a picture, would be nothing to click.
        if all(map(_is_blank, self._line[place + 1 :])):
            self._line[place:] = [" "]
            return
        self._line.append(f"</{name}>")

    def _end_block(self) -> None:
        """Write the block that was begun; inline elements that are open continue in the next."""
        if self._has_text:
            closing = "".join(f"</{name}>" for name, tag, _ in reversed(self._open) if tag)
            while _is_blank(self._line[-1]):
                self._line.pop()
            text = "".join(self._line).strip()
            name = "p"
            if self._lists:
                name = "li"
                if not self._list_begun:
                    self._blocks.append(f"<{self._lists[0]}>")
                    self._list_begun = True
            self._blocks.append(f"<{name}>{text}{closing}</{name}>")
        self._line = [tag for _, tag, _ in self._open]
        self._open = [(name, tag, place) for place, (name, tag, _) in enumerate(self._open)]
        self._has_text = False

    def _end_list(self) -> None:
        """End the innermost list; only the outermost is written."""
        if not self._lists:
            return
        outermost = self._lists[0]
        self._lists.pop()
        if not self._lists and self._list_begun:
            self._blocks.append(f"</{outermost}>")
            self._list_begun = False


def _is_blank(piece: str) -> bool:
    return not piece.strip() or piece == "<br>"
