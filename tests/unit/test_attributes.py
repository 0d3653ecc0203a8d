"""Records as DynamoDB's attributes: as boto3 would write and read them."""

from typing import Any

import pytest
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from hypothesis import given
from hypothesis import strategies as st

from openevent.jobs.attributes import as_item, from_item

# DynamoDB's numbers have 38 digits.
NUMBERS = st.integers(-(10**38) + 1, 10**38 - 1)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | NUMBERS
    | st.text()
    | st.frozensets(NUMBERS)
    | st.frozensets(st.text(), min_size=1),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=6,
)


@given(st.dictionaries(st.text(min_size=1), VALUES, max_size=3))
def test_attributes_are_those_of_boto3(record: dict[str, Any]) -> None:
    item = as_item(record)
    serialize, deserialize = TypeSerializer().serialize, TypeDeserializer().deserialize
    assert item == {name: serialize(value) for name, value in record.items()}
    assert from_item(item) == {name: deserialize(value) for name, value in item.items()} == record


@pytest.mark.parametrize("value", [1.5, b"bytes", object(), {1, "a"}])
def test_what_records_do_not_hold_is_no_attribute(value: object) -> None:
    with pytest.raises(TypeError):
        as_item({"value": value})


def test_attributes_that_records_do_not_hold_are_refused() -> None:
    with pytest.raises(TypeError):
        from_item({"value": {"B": b"bytes"}})
