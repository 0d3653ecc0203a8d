"""Values of an archive, converted to the types of the live columns. Pure.

A converter takes a value as JSON has it and returns it for the database, or a `Repaired`, if it had
to be changed. Each is made once for a column, so that a row costs one call a value.
"""

import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import tzinfo
from uuid import UUID

from openevent.catalogue.shape import Column, ColumnType
from openevent.importing.reading.json_values import clean_json
from openevent.importing.reading.limits import Limits
from openevent.importing.reading.moments import read_date, read_moment
from openevent.importing.reading.texts import is_short, is_storable, shown, storable


@dataclass(frozen=True, slots=True)
class Repaired:
    """A value that is not quite what the archive says: `code` and `detail` say how it differs."""

    value: object
    code: str
    detail: str


Converter = Callable[[object], object]


@dataclass(frozen=True, slots=True)
class Reading:
    """How values are read: times without an offset are in `zone`.

    `empty_is_null`, `has_stand_ins`: of the dialect (see `dialects.ArchiveDialect`).
    """

    zone: tzinfo
    limits: Limits
    empty_is_null: bool = False
    has_stand_ins: bool = False


TRUE, FALSE = (
    frozenset({"true", "yes", "y", "t", "1", "on"}),
    frozenset({"false", "no", "n", "f", "0", "off"}),
)

# Characters of the longest text that is read as a number.
_LONGEST = 60

_INTEGER = re.compile(r"[+-]?\d{1,19}", re.ASCII)
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)


def converter(column: Column, reading: Reading) -> Converter:
    """Return the converter to the type of `column`."""
    make = _MAKERS.get(column.type, _other)
    return make(column, reading)


def dropped(value: object, code: str, wanted: str) -> Repaired:
    """Return null in place of a `value` that is not what is `wanted` (a noun, with its article)."""
    return Repaired(None, code, f"{shown(value)} is not {wanted}; the field is empty now.")


def _text(column: Column, reading: Reading) -> Converter:
    most = column.characters
    empty = None if reading.empty_is_null and column.nullable else ""

    def convert(value: object) -> object:
        if type(value) is not str:
            return _as_text(value, convert)
        if not value:
            return empty
        if not is_storable(value):
            return Repaired(
                storable(value)[:most],
                "characters-removed",
                "Characters that the database cannot hold were removed.",
            )
        if len(value) > most:
            return Repaired(
                value[:most],
                "text-shortened",
                f"The text has {len(value)} characters; the first {most} are kept.",
            )
        return value

    return convert


def _as_text(value: object, convert: Converter) -> object:
    if value is None:
        return None
    if isinstance(value, bool | int | float):
        text = json.dumps(value) if is_short(value) else ""
        made = convert(text)
        made = made.value if isinstance(made, Repaired) else made
        return Repaired(made, "text-expected", f"{text} was no text, and is one now.")
    return dropped(value, "text-expected", "a text")


def _integer(column: Column, _: Reading) -> Converter:
    bound = 1 << ((column.bits or 32) - 1)

    def convert(value: object) -> object:
        if type(value) is int:
            if -bound <= value < bound:
                return value
            return Repaired(None, "number-too-large", "The number is too large for its column.")
        if value is None:
            return None
        whole = _as_integer(value)
        if whole is None or not -bound <= whole < bound:
            return None if value == "" else dropped(value, "number-expected", "a whole number")
        return Repaired(whole, "number-expected", f"{shown(value)} is now the number {whole}.")

    return convert


def _as_integer(value: object) -> int | None:
    if isinstance(value, str) and _INTEGER.fullmatch(value.strip()):
        return int(value)
    number = _as_number(value)
    return int(number) if number is not None and number.is_integer() else None


def _number(_: Column, __: Reading) -> Converter:
    def convert(value: object) -> object:
        if type(value) is float and math.isfinite(value):
            return value
        if value is None or value == "":
            return None
        number = _as_number(value)
        if number is None:
            return dropped(value, "number-expected", "a number that the database can hold")
        if isinstance(value, str):
            return Repaired(number, "number-expected", f"{shown(value)} is now a number.")
        return number

    return convert


def _as_number(value: object) -> float | None:
    """Return a finite number; None for anything else, such as a boolean."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if isinstance(value, str):
        value = value.strip()
        if len(value) > _LONGEST or not _NUMBER.fullmatch(value):
            return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _boolean(_: Column, __: Reading) -> Converter:
    def convert(value: object) -> object:
        if value is None or type(value) is bool:
            return value
        if value == "":
            return None
        word = str(value).strip().lower() if isinstance(value, str | int) and _short(value) else ""
        if word in TRUE or word in FALSE:
            return Repaired(
                word in TRUE, "boolean-expected", f"{shown(word)} is now true or false."
            )
        return dropped(value, "boolean-expected", "true or false")

    return convert


def _short(value: str | int) -> bool:
    return len(value) <= _LONGEST if isinstance(value, str) else value in (0, 1)


def _timestamp(_: Column, reading: Reading) -> Converter:
    zone = reading.zone

    def convert(value: object) -> object:
        if value is None or value == "":
            return None
        if not isinstance(value, str):
            return dropped(value, "time-unreadable", "a date and time")
        moment, had_no_offset = read_moment(value, zone)
        if moment is None:
            return dropped(value, "time-unreadable", "a date and time")
        if had_no_offset:
            return Repaired(
                moment,
                "time-without-offset",
                f"{shown(value)} has no offset; it is read as a time in {zone}.",
            )
        return moment

    return convert


def _date(_: Column, __: Reading) -> Converter:
    def convert(value: object) -> object:
        if value is None or value == "":
            return None
        found = read_date(value) if isinstance(value, str) else None
        return dropped(value, "date-unreadable", "a date") if found is None else found

    return convert


def _json(_: Column, reading: Reading) -> Converter:
    def convert(value: object) -> object:
        if value is None or isinstance(value, bool):
            return value
        if value == "":
            return None
        try:
            clean, changed = clean_json(value, reading.limits.depth_of_json)
        except RecursionError:
            return Repaired(None, "json-too-deep", "The value is nested too deeply.")
        if changed:
            return Repaired(
                clean,
                "characters-removed",
                "Characters and numbers that the database cannot hold were removed.",
            )
        return value

    return convert


def _uuid(_: Column, __: Reading) -> Converter:
    def convert(value: object) -> object:
        if value is None or value == "":
            return None
        try:
            return str(UUID(value)) if isinstance(value, str) else _no_uuid(value)
        except ValueError:
            return _no_uuid(value)

    return convert


def _no_uuid(value: object) -> Repaired:
    return dropped(value, "uuid-expected", "a UUID")


def _array(_: Column, reading: Reading) -> Converter:
    clean = _json(Column(), reading)

    def convert(value: object) -> object:
        if value is None or isinstance(value, list):
            return clean(value)
        return None if value == "" else dropped(value, "list-expected", "a list")

    return convert


def _other(column: Column, reading: Reading) -> Converter:
    text = _text(Column(nullable=column.nullable, characters=1 << 31), reading)

    def convert(value: object) -> object:
        return None if value == "" else text(value)

    return convert


_MAKERS: Mapping[ColumnType, Callable[[Column, Reading], Converter]] = {
    ColumnType.TEXT: _text,
    ColumnType.INTEGER: _integer,
    ColumnType.NUMBER: _number,
    ColumnType.BOOLEAN: _boolean,
    ColumnType.TIMESTAMP: _timestamp,
    ColumnType.DATE: _date,
    ColumnType.TIME: _other,
    ColumnType.JSON: _json,
    ColumnType.UUID: _uuid,
    ColumnType.ARRAY: _array,
}
