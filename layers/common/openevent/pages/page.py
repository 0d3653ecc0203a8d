"""Pages of HTML, rendered from templates by Jinja2."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from openevent.pages.policy import NOTHING, Needs, content_policy

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

TEMPLATES = Path(__file__).parent.parent / "templates"
STYLE = "pages/style.css"

# Primary subtags of languages that are written from right to left (CLDR, characterOrder), as far
# as events are held in them.
HEBREW = "he"  # words: allow
RIGHT_TO_LEFT = frozenset({"ar", "ckb", "dv", "fa", "ks", "ps", "sd", "ug", "ur", "yi", HEBREW})


@dataclass(frozen=True, slots=True)
class Page:
    """A page, and the Content Security Policy under which it is to be shown."""

    html: str
    policy: str


def render(
    template: str,
    values: Mapping[str, object],
    *,
    language: str = "en",
    needs: Needs = NOTHING,
) -> Page:
    """Render `templates/pages/<template>.html`, which extends `pages/base.html`.

    `values`: what the template names; text is escaped. `language`: of the page, a BCP 47 tag.
    Raises `jinja2.UndefinedError` if the template names what `values` lacks.
    """
    frame = _frame(language, needs)
    html = environment().get_template(f"pages/{template}.html").render({**values, **frame})
    return Page(html, frame["policy"])


def stream(
    template: str,
    values: Mapping[str, object],
    *,
    language: str = "en",
    direction: str | None = None,
    needs: Needs = NOTHING,
) -> Iterator[str]:
    """Render as `render` does, piece by piece: for pages that are large, or written to a file.

    A piece is one text or one value, so collect them before writing. Values can be iterators.
    `direction`: `ltr` or `rtl`, if it is not that of the language.
    """
    frame = _frame(language, needs)
    if direction is not None:
        frame["direction"] = direction
    return environment().get_template(f"pages/{template}.html").generate({**values, **frame})


@cache
def environment() -> "Environment":
    """Return the environment of all templates: text is escaped, a name without a value fails."""
    # Functions that show no page and send no mail do not load it: it takes 60 ms to import.
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415

    from openevent.pages.compiled import CompiledTemplates  # noqa: PLC0415 - it needs jinja2

    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        bytecode_cache=CompiledTemplates(),
    )
    made.filters["lines"] = _lines
    return made


@cache
def text_environment() -> "Environment":
    """Return the environment of templates of plain text, in which nothing is escaped."""
    return environment().overlay(autoescape=False)


def direction_of(language: str) -> str:
    """Return the direction of text in `language`, as the attribute `dir` has it."""
    return "rtl" if language.partition("-")[0].lower() in RIGHT_TO_LEFT else "ltr"


def _frame(language: str, needs: Needs) -> dict[str, Any]:
    """Return the values of `pages/base.html` that no page sets itself."""
    from markupsafe import Markup  # noqa: PLC0415 - it comes with Jinja2

    styles = [_file(name) for name in (STYLE, *needs.styles)]
    scripts = [_file(name) for name in needs.scripts]
    return {
        "language": language,
        "direction": direction_of(language),
        # Our own files, which contain no closing tag: a hash is that of the exact text.
        "styles": [Markup(text) for text in styles],  # noqa: S704
        "scripts": [Markup(text) for text in scripts],  # noqa: S704
        "policy": content_policy(needs, styles=styles, scripts=scripts),
    }


def _lines(text: str) -> "Markup":
    """Return `text`, escaped, with its line ends as breaks."""
    from markupsafe import Markup, escape  # noqa: PLC0415 - it comes with Jinja2

    return Markup("<br>\n").join(escape(text).split("\n"))


@cache
def _file(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8").strip()
