from pathlib import Path

import pytest

from checks import words

FILE = Path("file.py")


def found(text: str) -> list[tuple[int, str]]:
    """The line and the quoted phrase of each problem."""
    return [(one.line, one.message.split('"')[1]) for one in words.phrases(FILE, text)]


@pytest.mark.parametrize(
    "sentence",
    [
        "The owner is told.",
        "Where the file lies.",
        "How it comes by a name.",
        "The worker goes on.",
        "It is held against the schema.",
        "Start anew.",
        "At most so many seconds.",
        "For a token that is none.",
        "The body is sent as it is.",
        "The tables as they were.",
        "A row stands for each call.",
        "Nobody may read it.",
        "Whoever asks.",
        "The user gets his role.",
        "A medium of an event.",
        "The row is mended.",
        "It failed for a passing reason.",
    ],
)
def test_a_phrase_that_is_not_used_is_found(sentence: str) -> None:
    assert len(found(sentence)) == 1


@pytest.mark.parametrize(
    "sentence",
    [
        "The owner gets a mail.",
        "The row that is nonexistent.",
        "Values that are None.",
        "The schema as it is now.",
        "A stand-in track, and bystanders.",
        "This header is here; the others are theirs.",
        "Medium-sized files.",
        "Amended and recommended.",
        "An untold number, and beliefs.",
    ],
)
def test_other_words_are_not(sentence: str) -> None:
    assert found(sentence) == []


def test_a_phrase_is_found_across_lines_of_a_comment() -> None:
    assert found("x = 1\n# for so\n# many seconds\n") == [(2, "so # many")]


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("def test_nobody_reads_it(): ...", "nobody"),
        ("class MediumFetched: ...", "Medium"),
        ("A_MEDIUM = 1", "MEDIUM"),
    ],
)
def test_names_are_read_as_words(text: str, phrase: str) -> None:
    assert found(text) == [(1, phrase)]


def test_a_line_may_be_excepted() -> None:
    assert found('x = "told"  # words: allow, it is a quotation') == []


@pytest.mark.parametrize("opening", ["What is read.", "Who may read.", "It reads.", "They read."])
def test_a_docstring_begins_with_a_verb_or_a_noun(opening: str) -> None:
    text = f'def read() -> None:\n    """{opening}"""\n'
    (problem,) = words.openings(FILE, text)
    assert (problem.line, problem.message) == (
        2,
        f'a docstring begins with "{opening.split(maxsplit=1)[0]}"',
    )


@pytest.mark.parametrize("opening", ["Read a row.", "Rows by id.", "Whatsoever", "Items of a row."])
def test_other_docstrings_are_not_found(opening: str) -> None:
    assert list(words.openings(FILE, f'"""{opening}"""')) == []
