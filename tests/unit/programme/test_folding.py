"""Folding of long lines (RFC 5545, 3.1)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar.parser import Contentline

from openevent.programme.folding import fold

LINES = st.text(st.sampled_from("aé漢🎤\\^;, "), max_size=400)


@given(LINES)
def test_a_line_is_folded_as_icalendar_folds_it(line: str) -> None:
    folded: bytes = Contentline(line).to_ical()  # type: ignore[no-untyped-call]
    assert fold(line).encode() == folded


@given(LINES)
def test_readers_get_the_same_line_from_lines_of_75_octets(line: str) -> None:
    folded = fold(line)
    assert folded.replace("\r\n ", "") == line
    assert max(len(one.encode()) for one in folded.split("\r\n")) <= 75


@pytest.mark.parametrize(("length", "lines"), [(74, 1), (75, 2), (148, 2), (149, 3)])
def test_a_line_has_74_octets_of_text(length: int, lines: int) -> None:
    assert len(fold("x" * length).split("\r\n ")) == lines
