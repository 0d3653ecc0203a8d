"""The words of this repository: code, documents and messages use plain, current English.

Each phrase below has a plainer equivalent, or is an old name of something that has one name now.
Names count as sentences: `test_nobody_reads_it` contains "nobody". A phrase that a line needs after
all, as a quotation for example, is allowed by the comment `words: allow` on that line.
"""

import ast
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from checks.problem import Problem

KINDS = {".html", ".in", ".md", ".py", ".toml", ".txt", ".yaml", ".yml"}
NAMES = {"Makefile"}

# The sample event's content, facts of the database, files that a program writes, and this list.
EXEMPT = (
    "local/sample/data/",
    "local/schema/",
    "requirements/",
    "layers/common/requirements.txt",
    "tests/golden/",
    "checks/words.py",
    "tests/unit/checks/test_words.py",
)

ALLOWED = "words: allow"


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase that is not used, as a regular expression of words, and what is written instead."""

    pattern: str
    instead: str


PHRASES = (
    Phrase(r"told", "say who sends what to whom: gets a mail, receives, is notified"),
    Phrase(r"lies", "is, is stored"),
    Phrase(r"com(?:e|es|ing) by|came by", "gets, obtains"),
    Phrase(r"(?:go|goes|going|went|gone) on", "continues, resumes"),
    Phrase(r"h[eo]ld(?:s|ing)? against", "compare with, check against"),
    Phrase(r"anew", "again"),
    Phrase(r"so many", "name the number: `seconds`, `limit`"),
    Phrase(r"(?:what|that|which|who) (?:is|are|was|were) (?-i:none)", "name it: an invalid token"),
    Phrase(r"as (?:it|they) (?:is|are|was|were)(?! (?:now|in|today))", "unchanged"),
    Phrase(r"stands", "is, is written, represents"),
    Phrase(r"nobody|whoever|whomever", "name the role: no user, the caller"),
    Phrase(r"he|him|his|she|her|hers", "they, them, their"),
    Phrase(r"mediums?", "media file"),
    Phrase(r"mend(?:s|ed|ing)?", "repair"),
    Phrase(r"passing (?:fault|reason|error)s?", "transient"),
    Phrase(r"who knows", "if it cannot be decided"),
    Phrase(r"gives? out first", "bottleneck"),
)

Documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef

# Words that no docstring begins with: it begins with a verb or with a noun of the field.
OPENINGS = re.compile(
    r"(?:what|whatever|who|whose|whoever|which|nobody|somebody|anybody|everybody|that|this|these|those"
    r"|it|its|they|their|he|she|his|her|we|our|i|you|your)\b",
    re.IGNORECASE,
)

# Between two words of a phrase: a space, or the end of a line with what the next one begins with.
_GAP = r"(?:[ \t]+|[ \t]*\n[ \t]*(?:#:?|//|>|\*)?[ \t]*)"
# All phrases, each a group at its own place: one pass finds them all.
_GROUPS = "|".join(f"({phrase.pattern.replace(' ', _GAP)})" for phrase in PHRASES)
_PHRASES = re.compile(rf"(?<![\w-])(?:{_GROUPS})(?![\w-])", re.IGNORECASE)


def problems(root: Path) -> Iterator[Problem]:
    """Yield the phrases of `PHRASES` and the openings of `OPENINGS` in the repository's files."""
    for file in _files(root):
        text = file.read_text()
        name = file.relative_to(root)
        yield from phrases(name, text)
        if file.suffix == ".py":
            yield from openings(name, text)


def phrases(file: Path, text: str) -> Iterator[Problem]:
    """Yield the phrases in a file's text."""
    lines = text.splitlines()
    # `snake_case` and `CamelCase` are read as words; the lines stay.
    words = re.sub(r"(?<=[a-z])(?=[A-Z][a-z])", " ", text.replace("_", " "))
    for found in _PHRASES.finditer(words):
        line = words.count("\n", 0, found.start()) + 1
        if ALLOWED not in lines[line - 1]:
            said = " ".join(found[0].split())
            phrase = PHRASES[(found.lastindex or 0) - 1]
            yield Problem(file, line, f'"{said}"; instead: {phrase.instead}')


def openings(file: Path, text: str) -> Iterator[Problem]:
    """Yield the docstrings in a module's text that begin with a word of `OPENINGS`."""
    for node in _documented(ast.parse(text)):
        if first := OPENINGS.match(ast.get_docstring(node) or ""):
            yield Problem(file, node.body[0].lineno, f'a docstring begins with "{first[0]}"')


def _documented(node: ast.AST) -> Iterator[Documented]:
    """Yield the nodes at and below `node` that can have a docstring. No expression has one."""
    if isinstance(node, Documented):
        yield node
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.expr):
            yield from _documented(child)


def _files(root: Path) -> Iterator[Path]:
    """Yield the files under version control, and those that are about to be, that people read."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout
    for name in sorted(set(listed.splitlines())):
        file = root / name
        is_read = file.suffix in KINDS or file.name in NAMES
        if is_read and not name.startswith(EXEMPT) and file.is_file():
            yield file
