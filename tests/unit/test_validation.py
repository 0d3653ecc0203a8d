"""Errors with codes and places, and bodies validated by models."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openevent import errors
from openevent.edge.http import STATUS
from openevent.edge.validation import StrictModel, validated
from openevent.errors import Invalid, Problem
from openevent.export.options import Options

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def problems(document: object, *, at: str = "") -> list[tuple[str, str | None]]:
    with pytest.raises(Invalid) as caught:
        validated(Options, document, at=at)
    return [(problem.code, problem.pointer) for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("document", "options"),
    [
        ({}, (False, False, False, False)),
        ({"image": True}, (True, False, False, False)),
        ({"video": True, "audio": False}, (False, True, False, False)),
        (
            {"image": True, "video": True, "document": True, "audio": True},
            (True, True, True, True),
        ),
    ],
)
def test_flags_are_false_when_absent(
    document: object, options: tuple[bool, bool, bool, bool]
) -> None:
    found = validated(Options, document)
    assert (found.image, found.video, found.document, found.audio) == options


@pytest.mark.parametrize("value", ["true", 1, 0, None, [], {}, 1.0, ""])
def test_a_flag_is_a_boolean_and_nothing_like_one(value: object) -> None:
    assert problems({"image": value}) == [("invalid-field", "/image")]


def test_an_unknown_key() -> None:
    assert problems({"images": True}) == [("unknown-field", "/images")]


def test_every_problem_is_named() -> None:
    assert problems({"image": 1, "audio": "x", "sound": True}) == [
        ("invalid-field", "/image"),
        ("invalid-field", "/audio"),
        ("unknown-field", "/sound"),
    ]


def test_pointers_are_escaped_and_begin_where_the_document_is() -> None:
    assert problems({"a/b~c": 1}, at="/data") == [("unknown-field", "/data/a~1b~0c")]


class Letter(StrictModel):
    to: list[str]


def test_a_missing_field_and_one_within_a_list() -> None:
    with pytest.raises(Invalid) as caught:
        validated(Letter, {})
    assert caught.value.problems == (Problem("missing-field", "This field is required.", "/to"),)
    with pytest.raises(Invalid) as caught:
        validated(Letter, {"to": ["a", 1]})
    assert [problem.pointer for problem in caught.value.problems] == ["/to/1"]


@given(st.dictionaries(st.text() | st.sampled_from(["image", "audio"]), json_values, min_size=1))
def test_any_object_is_taken_or_refused_with_pointers(document: dict[str, object]) -> None:
    good = all(
        name in Options.model_fields and value in (True, False) and type(value) is bool
        for name, value in document.items()
    )
    if good:
        assert validated(Options, document).model_dump(include=set(document)) == document
    else:
        assert all(pointer for _, pointer in problems(document))


def test_every_error_has_a_status_and_a_title() -> None:
    kinds = set(errors.OpenEventError.__subclasses__())
    assert kinds == STATUS.keys()
    assert all(kind.title for kind in kinds)


def test_a_problem_has_the_places_it_was_given() -> None:
    assert Problem("a", "A.").source == {}
    assert Problem("a", "A.", pointer="/x").source == {"pointer": "/x"}
    assert Problem("a", "A.", parameter="page[size]").source == {"parameter": "page[size]"}
    assert errors.UnsupportedMedia("a", "A.", header="Content-Type").problems[0].source == {
        "header": "Content-Type"
    }
