"""Headers of an event's own fields."""

import pytest

from openevent.tables.forms import answer_key, form_fields


@pytest.mark.parametrize(
    ("identifier", "label", "header"),
    [
        ("tshirtSize", "T-shirt\n size", "T-shirt size"),
        ("tshirtSize", "=1+1", "'=1+1"),
        ("tshirtSize", "a;=1", "a;'=1"),
        ("tshirtSize", "", "tshirtSize"),
        ("tshirtSize", "\x01 ", "tshirtSize"),
        ("=1", "", "'=1"),
        ("a" * 40_000, "", "a" * 200),
        # No XML can hold these, so that no program would open the workbook.
        ("\x01", "\ufffe", "Field"),
        ("", "", "Field"),
        ("id", "Id", "Id (2)"),
    ],
)
def test_a_header_is_what_a_cell_can_show(identifier: str, label: str, header: str) -> None:
    [field] = form_fields([(identifier, label)], ["ID"])
    assert field.label == header


@pytest.mark.parametrize(
    ("identifier", "key"),
    [
        ("tshirtSize", "tshirt_size"),
        ("size2", "size_2"),
        ("myHTMLField", "my_html_field"),
        ("myHTMLField", "my_h_t_m_l_field"),
        ("t_shirt", "t_shirt"),
    ],
)
def test_an_answer_is_found_by_any_snake_case_of_its_field(identifier: str, key: str) -> None:
    assert answer_key(identifier) == answer_key(key)
