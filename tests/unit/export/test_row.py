"""A row's text is what `json.dumps` with four spaces writes, but for its holes."""

import json

from hypothesis import given
from hypothesis import strategies as st

from openevent.export.rows.row import Row, object_text, row_of

_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=12,
)
_documents = st.dictionaries(st.text(), _values, min_size=1)


@given(_documents)
def test_a_document_is_written_as_json_dumps_does(document: dict[str, object]) -> None:
    assert object_text(document, depth=0) == json.dumps(document, ensure_ascii=False, indent=4)


@given(st.lists(_documents, min_size=1, max_size=3))
def test_a_row_is_an_element_of_an_array(documents: list[dict[str, object]]) -> None:
    texts = [object_text(document, depth=1) for document in documents]
    assert "[\n" + ",\n".join(texts) + "\n]" == json.dumps(documents, ensure_ascii=False, indent=4)


def test_a_media_file_fills_all_its_keys() -> None:
    row = row_of(
        {"id": 3, "photo": None, "name": "Ada", "photo-url": None, "logo": None},
        depth=0,
        sources={"photo_url": "http://a.example/a.png"},
        keys={"photo_url": ("photo", "photo-url"), "logo_url": ("logo",)},
    )

    assert (row.id, row.name, dict(row.holes)) == (
        3,
        "Ada",
        {"photo_url": "http://a.example/a.png"},
    )
    assert json.loads(row.filled({"photo_url": "/a\x1f.png"})) == {
        "id": 3,
        "photo": "/a\x1f.png",
        "name": "Ada",
        "photo-url": "/a\x1f.png",
        "logo": None,
    }


def test_a_row_is_made_again_from_its_fields() -> None:
    row = Row('{"a": \x1f}', {"a": None}, 1, "Ada", ["a"])
    assert Row(*json.loads(json.dumps(row.fields()))) == row
