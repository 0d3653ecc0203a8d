"""A row of a data file, as JSON text with holes. Pure.

A row is finished text, indented for its place in its file, except for its holes: places whose value
is not known yet (the path of a media file, a computed colour). A hole is the character `HOLE`,
which JSON text never holds unescaped.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

HOLE = "\x1f"

INDENT = " " * 4

_encode = json.JSONEncoder(ensure_ascii=False).encode


@dataclass(frozen=True, slots=True)
class Row:
    """A row: its text, and by column the database's value for each hole.

    The holes are in the order of the columns, one each, unless `order` names the column of each.
    `id` and `name` are the row's own, if its table has them.
    """

    text: str
    holes: Mapping[str, str | None]
    id: int | None = None
    name: str | None = None
    order: Sequence[str] = ()

    @property
    def addresses(self) -> dict[str, str]:
        """The addresses of media files, by column; blank holes have none."""
        found = ((column, address_in(value)) for column, value in self.holes.items())
        return {column: address for column, address in found if address is not None}

    def fields(self) -> tuple[object, ...]:
        """The arguments of `Row` for an equal one, as types of JSON."""
        return self.text, self.holes, self.id, self.name, self.order

    def filled(self, values: Mapping[str, str | None]) -> str:
        """Return the text with `values`, by column, in its holes."""
        if not self.holes:
            return self.text
        pieces = self.text.split(HOLE)
        fillings = [_encode(values[column]) for column in self.order or self.holes]
        return "".join(
            piece for pair in zip(pieces, [*fillings, ""], strict=True) for piece in pair
        )


def address_in(value: object) -> str | None:
    """Return the address in a column of media files, without blanks around it; None if blank."""
    return value.strip() or None if isinstance(value, str) else None


def row_of(
    document: Mapping[str, object],
    *,
    depth: int,
    sources: Mapping[str, str] | None = None,
    keys: Mapping[str, Sequence[str]] | None = None,
) -> Row:
    """Make the row of a document, `depth` levels deep in its file.

    `sources` are the addresses of its media by column, for which the columns' `keys` become holes.
    """
    sources, keys = sources or {}, keys or {}
    columns = {key: column for column in sources for key in keys[column]}
    row_id, name = document.get("id"), document.get("name")
    return Row(
        object_text(document, depth=depth, holes=columns),
        sources,
        row_id if isinstance(row_id, int) else None,
        name if isinstance(name, str) else None,
        [columns[key] for key in document if key in columns],
    )


def object_text(
    document: Mapping[str, object], *, depth: int, holes: Collection[str] | None = None
) -> str:
    """Write a document as `json.dumps(…, indent=4)` does, with holes for the keys in `holes`."""
    outer = INDENT * depth
    return outer + _object_text(document, outer, holes or ())


def _object_text(document: Mapping[str, object], outer: str, holes: Collection[str] = ()) -> str:
    inner = outer + INDENT
    members = [
        f"{inner}{_encode(key)}: {HOLE if key in holes else _value_text(value, inner)}"
        for key, value in document.items()
    ]
    return "{\n" + ",\n".join(members) + f"\n{outer}}}"


def _value_text(value: object, outer: str) -> str:
    # Quicker than the encoder that indents, as all but the structure is left to C.
    if isinstance(value, dict) and value:
        return _object_text(value, outer)
    if isinstance(value, list) and value:
        inner = outer + INDENT
        elements = [f"{inner}{_value_text(element, inner)}" for element in value]
        return "[\n" + ",\n".join(elements) + f"\n{outer}]"
    return _encode(value)
