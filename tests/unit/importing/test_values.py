"""Values become those of the column's type, or null, and each change is named."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from openevent.catalogue.shape import Column, ColumnType
from openevent.importing.reading.limits import DEFAULT
from openevent.importing.reading.values import Reading, Repaired, converter

READING = Reading(ZoneInfo("Asia/Kathmandu"), DEFAULT)
NULL_FOR_EMPTY = Reading(ZoneInfo("UTC"), DEFAULT, empty_is_null=True)


def convert(type_: ColumnType, value: object, reading: Reading = READING) -> object:
    """The value, or value and code of what was repaired."""
    made = converter(Column(type=type_, characters=10), reading)(value)
    return (made.value, made.code) if isinstance(made, Repaired) else made


@pytest.mark.parametrize(
    ("type_", "value", "made"),
    [
        (ColumnType.DATE, "2027-04-16", date(2027, 4, 16)),
        (ColumnType.DATE, "2027-04-16T23:00:00+05:45", date(2027, 4, 16)),
        (ColumnType.DATE, "", None),
        (ColumnType.DATE, "soon", (None, "date-unreadable")),
        (ColumnType.DATE, 7, (None, "date-unreadable")),
        (
            ColumnType.TIMESTAMP,
            "2027-04-16",
            (datetime(2027, 4, 15, 18, 15, tzinfo=UTC), "time-without-offset"),
        ),
        (ColumnType.TIMESTAMP, "0001-01-01T00:00:00+14:00", (None, "time-unreadable")),
        (ColumnType.ARRAY, [1, "a"], [1, "a"]),
        (ColumnType.ARRAY, None, None),
        (ColumnType.ARRAY, "", None),
        (ColumnType.ARRAY, "a", (None, "list-expected")),
        (ColumnType.ARRAY, ["\x00"], ([""], "characters-removed")),
        (ColumnType.UUID, None, None),
        (ColumnType.UUID, 7, (None, "uuid-expected")),
        (ColumnType.TIME, "00:30", "00:30"),
        (ColumnType.TIME, "", None),
        (ColumnType.OTHER, "a", "a"),
        (ColumnType.OTHER, 7, ("7", "text-expected")),
        (ColumnType.JSON, True, True),
        (ColumnType.JSON, {"a": 10**40}, ({"a": None}, "characters-removed")),
        (ColumnType.JSON, {"\x00": 1}, ({"": 1}, "characters-removed")),
        (ColumnType.TEXT, "a" * 11, ("a" * 10, "text-shortened")),
        (ColumnType.TEXT, "a\x00" * 11, ("a" * 10, "characters-removed")),
        (ColumnType.TEXT, 12345678901, ("1234567890", "text-expected")),
        (ColumnType.TEXT, "", ""),
        (ColumnType.BOOLEAN, 0, (False, "boolean-expected")),
        (ColumnType.BOOLEAN, 2, (None, "boolean-expected")),
        (ColumnType.INTEGER, True, (None, "number-expected")),
        (ColumnType.INTEGER, "99999999999", (None, "number-expected")),
        (ColumnType.NUMBER, "1_0", (None, "number-expected")),
        (ColumnType.NUMBER, "9" * 400, (None, "number-expected")),
        (ColumnType.NUMBER, 10**400, (None, "number-expected")),
    ],
)
def test_a_value(type_: ColumnType, value: object, made: object) -> None:
    assert convert(type_, value) == made


def test_empty_text_is_null_in_a_column_that_can_be() -> None:
    assert convert(ColumnType.TEXT, "", NULL_FOR_EMPTY) is None
    needed = Column(nullable=False, type=ColumnType.TEXT, characters=10)
    assert converter(needed, NULL_FOR_EMPTY)("") == ""


def test_a_message_shows_the_start_of_a_value() -> None:
    made = converter(Column(type=ColumnType.UUID), READING)("a\n" * 200)

    assert isinstance(made, Repaired)
    assert made.detail == f'"{"a?" * 30}…" is not a UUID; the field is empty now.'
